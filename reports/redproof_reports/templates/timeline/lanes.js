// The lanes from top to bottom, and how each is drawn: spans of faults and roles, marks of writes and events, offsets.
const LANE = { fault: 19, client: 30, server: 26, sentinel: 40, offsets: 132 };
const HEADING = 24;
const NAME_ABOVE = 16;
const FONT_WIDTH = 6.2;
const LABEL_SHARE = 0.08;
const NUMBER_WIDTH = 12;

function colour(name) {
  const index = view.run.servers.findIndex((server) => server.name === name);
  return index < 0 ? "none" : index % 6;
}
// Spans that overlap go below each other.
function rowsOf(spans, run) {
  const ends = [];
  const shortest = (run.end_ms - run.start_ms) * LABEL_SHARE;
  return spans.map((span) => {
    let row = ends.findIndex((end) => end <= span.from);
    if (row < 0) row = ends.length;
    ends[row] = Math.max(span.to, span.from + shortest);
    return { ...span, row };
  });
}
function lanesOf(run) {
  const faults = rowsOf(run.faults, run);
  const rows = Math.max(0, ...faults.map((span) => span.row + 1));
  return [
    ...(rows ? [{ kind: "fault", group: "Faults", name: "faults", spans: faults, height: rows * LANE.fault + 4, marks: [] }] : []),
    ...run.clients.map((client) => ({ kind: "client", group: "Clients", name: client.name, height: LANE.client, marks: client.writes })),
    { kind: "offsets", group: "Replication offset", name: "bytes", height: LANE.offsets, marks: run.promotions },
    ...run.servers.map((server) => ({ kind: "server", group: "Servers", name: server.name, height: LANE.server, spans: server.roles, marks: [] })),
    ...run.sentinels.map((sentinel) => ({ kind: "sentinel", group: "Sentinels", name: sentinel.name, height: LANE.sentinel, spans: sentinel.beliefs, marks: sentinel.events })),
  ];
}
// Give each lane its place; on a narrow screen its name stands above it, else in the gutter.
function place(lanes) {
  let y = 0;
  let group = "";
  for (const lane of lanes) {
    lane.heading = lane.group === group ? null : (y += HEADING);
    group = lane.group;
    const alone = lane.kind === "fault" || lane.kind === "offsets";
    lane.named = !alone || !view.narrow ? y : null;
    if (view.narrow && !alone) y += NAME_ABOVE;
    lane.top = y;
    y += lane.height;
  }
  return y + 4;
}
function inView(spans) {
  return spans.filter((span) => span.to >= view.from && span.from <= view.to);
}
function ends(span) {
  const left = Math.max(toX(span.from), view.gutter);
  return { left, width: Math.max(Math.min(toX(span.to), view.width - MARGIN) - left, 1.5) };
}
function label(text, left, width, y, className) {
  const room = Math.floor((width - 10) / FONT_WIDTH);
  if (room < 2) return "";
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  return `<text class="${className}" x="${(left + 5).toFixed(1)}" y="${y}">${escape(shown)}</text>`;
}
function bar(span, y, height, className, text = span.label) {
  const { left, width } = ends(span);
  return `<rect class="${className}" x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}" rx="2"/>${height > 9 ? label(text, left, width, y + height / 2 + 4, `on ${className}`) : ""}`;
}

const draw = {
  fault(lane) {
    if (hidden.has(FAULT)) return "";
    return inView(lane.spans).map((span) => {
      const y = lane.top + 2 + span.row * LANE.fault;
      const { left, width } = ends(span);
      const next = lane.spans.find((each) => each.row === span.row && each.from > span.from);
      const room = (next ? toX(next.from) : view.width) - left;
      const shape = span.to - span.from > 1 || width > 2.5
        ? `<rect class="fault" x="${left.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${LANE.fault - 3}" rx="2"/>`
        : `<path class="fault-point" transform="translate(${left.toFixed(1)},${y + 8})" d="M0,-8V8M-4,-8H4"/>`;
      return shape + label(span.label, left, room, y + 12, "beside");
    }).join("");
  },
  client(lane) {
    const middle = lane.top + lane.height / 2;
    return `<path class="base" d="M${view.gutter},${middle}H${view.width - MARGIN}"/>${drawWrites(lane, middle)}`;
  },
  server(lane) {
    return inView(lane.spans).map((span) => bar(span, lane.top + 4, lane.height - 8, `role role-${span.role} node-${colour(lane.name)}`)).join("");
  },
  sentinel(lane) {
    const band = lane.top + lane.height - 12;
    return `${inView(lane.spans).map((span) => bar(span, band, 8, `belief node-${colour(span.master)}`)).join("")}${drawEvents(lane, lane.top + 14)}`;
  },
  offsets(lane) {
    const bounds = offsetBounds();
    if (!bounds) return label("no offset was told in this time", view.gutter, plotWidth(), lane.top + 70, "beside");
    const { low, high } = bounds;
    const top = lane.top + 10;
    const height = lane.height - 20;
    const toY = (offset) => top + (1 - (offset - low) / (high - low)) * height;
    const grid = offsetTicks(low, high).map((offset) => `<path class="grid" d="M${view.gutter},${toY(offset).toFixed(1)}H${view.width - MARGIN}"/><text class="value${view.narrow ? "" : " before"}" x="${view.narrow ? 2 : view.gutter - 8}" y="${(toY(offset) + (view.narrow ? -3 : 4)).toFixed(1)}">${numberText(offset)}</text>`);
    const lines = view.run.servers.map((server) => offsetLine(server, toY));
    const promotions = lane.marks.filter((each) => each.at >= view.from && each.at <= view.to).map((each) => {
      const [x, y] = [toX(each.at), toY(each.offset)];
      const kept = each.promoted ? `<path class="kept node-${colour(each.node)}" d="M${x.toFixed(1)},${y.toFixed(1)}H${view.width - MARGIN}"/>` : "";
      return `${kept}<circle class="promotion node-${colour(each.node)}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${each.promoted ? 5 : 3}"/>`;
    });
    const lost = view.run.lostMarks.filter((mark) => mark.offset !== null && !hidden.has(mark.kind) && mark.at >= view.from && mark.at <= view.to);
    const cells = new Map(lost.map((mark) => [`${mark.kind} ${Math.round(toX(mark.at) / 5)} ${Math.round(toY(mark.offset) / 5)}`, mark]));
    lane.hits = lane.marks.map((each, index) => ({ kind: "promotion", marks: lane.marks, start: index, end: index + 1, from: toX(each.at), to: toX(each.at), y: toY(each.offset) }));
    return `<g clip-path="url(#plot)">${grid.join("")}${lines.join("")}${promotions.join("")}${[...cells.values()].map((mark) => glyph(mark.kind, toX(mark.at), toY(mark.offset).toFixed(1), 0.6)).join("")}</g>${grid.join("").match(/<text.*?<\/text>/g)?.join("") ?? ""}`;
  },
};

// Writes of one kind lie together; of events, which follow each other, those that are near whatever they are.
function drawWrites(lane, y) {
  const kinds = kindNames.filter((kind) => !hidden.has(kind) && lane.byKind.has(kind));
  lane.hits = kinds.flatMap((kind) => gather(lane.byKind.get(kind), toX, view, () => KINDS[kind].gap)).map((group) => ({ ...group, y }));
  return lane.hits.map((group) => drawGroup(group, y)).join("");
}
function drawEvents(lane, y) {
  const groups = gather(marksOf(lane), toX, view, (mark, last) => KINDS[mark.kind].gap + (last.end - last.start > 1 ? NUMBER_WIDTH : 0));
  lane.hits = groups.map((group) => ({ ...group, y }));
  return lane.hits.map((group, index) => {
    const room = (lane.hits[index + 1]?.from ?? view.width - MARGIN) - group.to - 14;
    return drawGroup(group, y) + (group.end - group.start === 1 ? eventLabel(group, room, y) : "");
  }).join("");
}
// All of an event where there is room for it, else its name, else nothing.
function eventLabel(group, room, y) {
  const { text } = group.marks[group.start];
  const told = [text, text.split(" ")[0]].find((each) => each.length * FONT_WIDTH < room);
  return told ? `<text class="event" x="${(group.to + 8).toFixed(1)}" y="${y + 3.5}">${escape(told)}</text>` : "";
}
// The samples in view, and one beside them at either end, so that lines go on to the edges.
function samplesInView(server) {
  const time = (sample) => sample[0];
  return server.offsets.slice(Math.max(0, firstAfter(server.offsets, view.from, time) - 1), firstAfter(server.offsets, view.to, time) + 1);
}
function offsetBounds() {
  let low = Infinity;
  let high = -Infinity;
  for (const server of view.run.servers) for (const [at, offset] of samplesInView(server)) {
    if (at < view.from || at > view.to) continue;
    low = Math.min(low, offset);
    high = Math.max(high, offset);
  }
  if (low > high) return null;
  const margin = Math.max((high - low) * 0.06, 1);
  return { low: Math.max(0, low - margin), high: high + margin };
}
function offsetTicks(low, high) {
  const wanted = (high - low) / 4;
  const power = Math.max(1, 10 ** Math.floor(Math.log10(wanted)));
  const step = [...STEPS.map((each) => each * power), 10 * power].find((each) => each >= wanted) ?? power;
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) found.push(tick);
  return found;
}
// A line through the samples of a server; one in a pixel is enough, and where it told nothing for long is a gap.
function offsetLine(server, toY) {
  const samples = samplesInView(server);
  let path = "";
  let lastX = -Infinity;
  samples.forEach(([at, offset], index) => {
    const x = toX(at);
    const begins = index === 0 || at - samples[index - 1][0] > server.silence;
    const ends = index === samples.length - 1 || samples[index + 1][0] - at > server.silence;
    if (x - lastX < 1 && !begins && !ends) return;
    path += `${begins ? "M" : "L"}${x.toFixed(1)},${toY(offset).toFixed(1)}`;
    lastX = x;
  });
  return path ? `<path class="offset node-${colour(server.name)}" d="${path}"/>` : "";
}
