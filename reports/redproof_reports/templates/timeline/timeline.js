// The drawing as a whole: axis, lanes, what is pointed at and what is chosen.
const chart = document.getElementById("chart");
const axis = document.getElementById("axis");
const frame = document.getElementById("frame");
const told = document.getElementById("told");
const chosen = { lane: 0, kind: null, index: -1 };
const PHONE = 640;
const REACH = 14;
const HATCH = '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0,0V6"/></pattern>';
let lanes = [];
let waiting = false;

function redraw() {
  if (!waiting) requestAnimationFrame(drawAll);
  waiting = true;
}
function drawAll() {
  waiting = false;
  view.width = frame.clientWidth;
  view.narrow = view.width < PHONE;
  view.gutter = view.narrow ? 2 : GUTTER;
  const height = place(lanes);
  const { step, found } = ticks();
  const lines = found.map((at) => `<path class="grid" d="M${toX(at).toFixed(1)},0V${height}"/>`).join("");
  const plot = `<clipPath id="plot"><rect x="${view.gutter}" y="0" width="${plotWidth() + MARGIN}" height="${height}"/></clipPath>`;
  const body = lanes.map((lane) => `<g class="lane"><title>${escape(`${lane.group}: ${lane.name}`)}</title>${laneHead(lane)}${lane.kind === "offsets" ? draw.offsets(lane) : `<g clip-path="url(#plot)">${draw[lane.kind](lane)}${affected(lane)}</g>`}</g>`);
  size(chart, height);
  chart.innerHTML = `<defs>${plot}${HATCH}</defs>${lines}${body.join("")}<path id="cross" d=""/>${drawChosen()}`;
  size(axis, 26);
  axis.innerHTML = `${found.map((at) => `<path class="grid" d="M${toX(at).toFixed(1)},20v6"/><text x="${Math.min(Math.max(toX(at), 14), view.width - 18).toFixed(1)}" y="15">${timeText(at, step)}</text>`).join("")}<g id="now"></g>`;
  drawOverview();
}
function size(svg, height) {
  svg.setAttribute("viewBox", `0 0 ${view.width} ${height}`);
  svg.style.aspectRatio = `${view.width} / ${height}`;
}
function laneHead(lane) {
  const heading = lane.heading === null ? "" : `<path class="rule" d="M0,${lane.heading - HEADING + 4}H${view.width}"/><text class="heading" x="0" y="${lane.heading - 5}">${escape(lane.group)}</text>`;
  if (lane.named === null || lane.kind === "fault") return heading;
  const middle = view.narrow ? lane.named + 12 : lane.top + (lane.kind === "offsets" ? 0 : lane.height / 2 + 4);
  if (lane.kind === "offsets") return heading;
  const chip = lane.kind === "server" ? `<rect class="chip node-${colour(lane.name)}" x="0" y="${middle - 9}" width="9" height="9" rx="2"/>` : "";
  const room = view.narrow ? 40 : Math.floor((GUTTER - 22) / 7.3);
  const name = lane.name.length > room ? `${lane.name.slice(0, room - 1)}…` : lane.name;
  return `${heading}${chip}<text class="name" x="${chip ? 15 : 0}" y="${middle}">${escape(name)}</text>`;
}
// A fault is seen on the lanes of the nodes that it concerns, too.
function affected(lane) {
  if (hidden.has(FAULT) || !["server", "sentinel"].includes(lane.kind)) return "";
  return inView(view.run.faults.filter((span) => span.nodes.includes(lane.name))).map((span) => {
    const { left, width } = ends(span);
    return `<rect class="wash" x="${left.toFixed(1)}" y="${lane.top}" width="${width.toFixed(1)}" height="${lane.height}"/>`;
  }).join("");
}
function drawOverview() {
  const limit = whole();
  const strip = document.getElementById("overview");
  const share = (at) => (((at - limit.from) / (limit.to - limit.from)) * 100).toFixed(2);
  const faults = view.run.faults.map((span) => `<i class="fault" style="left:${share(span.from)}%;width:${Math.max(0.2, share(span.to) - share(span.from))}%"></i>`);
  const cells = new Map(view.run.lostMarks.map((mark) => [`${mark.kind} ${Math.round(share(mark.at) * 4)}`, mark]));
  const lost = [...cells.values()].map((mark) => `<i class="lost lost-${mark.kind}" style="left:${share(mark.at)}%"></i>`);
  const promoted = view.run.promotions.filter((each) => each.promoted).map((each) => `<i class="promoted node-${colour(each.node)}" style="left:${share(each.at)}%"></i>`);
  strip.innerHTML = `${faults.join("")}${promoted.join("")}${lost.join("")}<i class="window" style="left:${share(view.from)}%;width:${share(view.to) - share(view.from)}%"></i>`;
}

// ---- what is pointed at, and what is chosen

function nearest(x, y) {
  const lane = lanes.find((each) => y >= each.top - (view.narrow ? NAME_ABOVE : 0) && y < each.top + each.height);
  if (!lane) return null;
  let best = null;
  for (const group of lane.hits ?? []) {
    const away = Math.max(group.from - x, x - group.to, 0) + Math.abs(group.y - y) / 4;
    if (away < REACH && (!best || away <= best.away)) best = { away, lane, group };
  }
  if (best) return best;
  const at = toTime(x);
  const spans = lane.kind === "fault" && hidden.has(FAULT) ? [] : (lane.spans ?? []);
  const span = spans.findLast((each) => at >= each.from && at <= each.to && (each.row === undefined || each.row === Math.floor((y - lane.top - 2) / LANE.fault)));
  return { lane, span, at };
}
function describe(found) {
  if (!found) return "";
  if (found.group) return describeGroup(found.lane, found.group);
  const where = found.lane.name === "faults" ? "" : `${found.lane.name}: `;
  if (found.span) return `${where}${found.span.label}, ${timeText(found.span.from)} to ${found.span.open ? "the end" : timeText(found.span.to)}`;
  return found.lane.kind === "offsets" ? offsetsAt(found.at) : `${where}${timeText(found.at)}`;
}
function describeGroup(lane, group) {
  const first = group.marks[group.start];
  const number = group.end - group.start;
  if (number === 1) return describeMark(lane, first);
  const times = `${timeText(first.at)} to ${timeText(group.marks[group.end - 1].at)}`;
  if (lane.kind === "client") return `${times}  ${lane.name}: ${plural(number, KINDS[group.kind].one)}; zoom in to see each`;
  const names = group.marks.slice(group.start, group.end).map((mark) => mark.text.split(" ")[0]);
  return `${times}  ${lane.name}: ${[...new Set(names)].join(", ")}; zoom in to see each`;
}
function describeMark(lane, mark) {
  const at = timeText(mark.at);
  if (lane.kind === "offsets") return `${at}  ${mark.text}`;
  if (lane.kind === "sentinel") return `${at}  ${lane.name}: ${mark.text}`;
  const answered = mark.returned === null ? "never answered" : `answered after ${(mark.returned - mark.at).toFixed(1)} ms`;
  const offset = mark.offset === null ? "offset unknown" : `offset ${numberText(mark.offset)}`;
  const confirmed = mark.confirmed ? `, WAIT told ${mark.confirmed}` : "";
  return `${at}  ${KINDS[mark.kind].one}: ${mark.value} by ${lane.name} to ${mark.node}, ${answered}, ${offset}${confirmed}${mark.text ? `. ${mark.text}` : ""}`;
}
function offsetsAt(at) {
  const values = view.run.servers.map((server) => {
    const sample = server.offsets.findLast((each) => each[0] <= at);
    return `${server.name} ${sample && at - sample[0] <= server.silence ? numberText(sample[1]) : "?"}`;
  });
  return `${timeText(at)}  offsets: ${values.join(", ")}`;
}
function marksOf(lane) {
  return lane.marks.filter((mark) => !hidden.has(mark.kind));
}
function choose(lane, mark) {
  chosen.lane = lanes.indexOf(lane);
  chosen.mark = mark;
  if (mark && (mark.at < view.from || mark.at > view.to)) look(mark.at - (view.to - view.from) / 2, mark.at + (view.to - view.from) / 2);
  told.textContent = mark ? describeMark(lane, mark) : `${lane.group}: ${lane.name}, ${marksOf(lane).length} marks`;
  redraw();
}
function drawChosen() {
  const lane = lanes[chosen.lane];
  if (!lane || !chosen.shown) return "";
  const row = `<rect class="chosen-lane" x="0" y="${lane.top}" width="${view.width}" height="${lane.height}"/>`;
  if (!chosen.mark) return row;
  const y = lane.kind === "offsets" ? lane.hits?.find((hit) => hit.marks[hit.start] === chosen.mark)?.y : lane.kind === "sentinel" ? lane.top + 14 : lane.top + lane.height / 2;
  return `${row}<circle class="chosen" cx="${toX(chosen.mark.at).toFixed(1)}" cy="${y ?? lane.top}" r="10"/>`;
}
function show(run) {
  view.run = run;
  lanes = lanesOf(run);
  for (const lane of lanes) {
    lane.byKind = new Map();
    for (const mark of lane.marks) {
      if (!lane.byKind.has(mark.kind)) lane.byKind.set(mark.kind, []);
      lane.byKind.get(mark.kind).push(mark);
    }
  }
  Object.assign(chosen, { lane: 0, mark: null });
  told.textContent = "";
  const { from, to } = whole();
  look(from, to);
}
