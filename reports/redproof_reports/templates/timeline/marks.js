// What can be marked: its glyph around (0, 0), what it is called, and how far from the next it must be to be told apart.
// Of events that are drawn as one the weightiest is seen.
const tick = (half) => `M-1,-${half}h2v${2 * half}h-2z`;
const disc = (radius) => `M-${radius},0a${radius},${radius} 0 1 0 ${2 * radius},0a${radius},${radius} 0 1 0 -${2 * radius},0z`;
const diamond = (half) => `M0,-${half}L${half},0L0,${half}L-${half},0z`;
const square = (half) => `M-${half},-${half}h${2 * half}v${2 * half}h-${2 * half}z`;
const KINDS = {
  acknowledged: { of: "writes", path: tick(5), label: "acknowledged", one: "write acknowledged", gap: 2.5, bar: 5 },
  confirmed: { of: "writes", path: tick(8), label: "confirmed by WAIT", one: "write confirmed by WAIT", gap: 2.5, bar: 8 },
  unknown: { of: "writes", path: disc(3), hollow: true, label: "without an answer", one: "write without an answer", gap: 7 },
  refused: { of: "writes", path: "M-3,-3L3,3M-3,3L3,-3", hollow: true, label: "refused", one: "write refused", gap: 6 },
  design: { of: "writes", path: diamond(5), hollow: true, label: "lost by design", one: "write lost by design", gap: 9, lost: true },
  promise: { of: "writes", path: diamond(6), label: "lost against a promise", one: "write lost against a promise", gap: 10, lost: true },
  bug: { of: "writes", path: square(5), label: "a bug", one: "write gone, or there, by a bug", gap: 10, lost: true },
  undecided: { of: "writes", path: square(4.5), hollow: true, label: "lost, cause unknown", one: "write lost for a cause unknown", gap: 10, lost: true },
  sdown: { of: "events", path: "M-5,-4L5,-4L0,5z", hollow: true, label: "subjectively down", one: "+sdown", weight: 6, gap: 10 },
  odown: { of: "events", path: "M-5,-4L5,-4L0,5z", label: "objectively down", one: "+odown", weight: 7, gap: 10 },
  epoch: { of: "events", path: "M-1.5,-6h3v12h-3z", label: "new epoch", one: "+new-epoch", weight: 2, gap: 8 },
  vote: { of: "events", path: disc(3.5), hollow: true, label: "vote", one: "+vote-for-leader", weight: 4, gap: 9 },
  leader: { of: "events", path: disc(5), label: "elected", one: "+elected-leader", weight: 9, gap: 11 },
  failover: { of: "events", path: square(3), hollow: true, label: "failover state", one: "failover state", weight: 3, gap: 8 },
  promoted: { of: "events", path: square(4), label: "promoted", one: "+promoted-slave", weight: 8, gap: 10 },
  switch: { of: "events", path: "M-5,-6L5,0L-5,6z", label: "switch of the master", one: "+switch-master", weight: 10, gap: 11 },
  up: { of: "events", path: "M-4,4L4,4L0,-4z", hollow: true, label: "up again", one: "seen up again", weight: 1, gap: 9 },
  tilt: { of: "events", path: "M-5,2Q-2.5,-6 0,0T5,-2", hollow: true, label: "TILT", one: "TILT", weight: 5, gap: 10 },
  other: { of: "events", path: disc(2), label: "other", one: "event", weight: 0, gap: 6 },
};
const FAULT = "fault";
const kindNames = Object.keys(KINDS);
const hidden = new Set(["other"]);

function escape(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
function plural(number, noun) {
  return number === 1 ? `1 ${noun}` : `${number.toLocaleString("en")} ${noun.replace(/^(\S*)/, "$1s")}`;
}

// Marks that would touch become one group, so that what is drawn depends on pixels and not on how many there are.
function gather(marks, toX, range, gapOf) {
  const groups = [];
  for (let index = firstAfter(marks, range.from); index < marks.length && marks[index].at <= range.to; index += 1) {
    const x = toX(marks[index].at);
    const last = groups.at(-1);
    if (last && x - last.to < gapOf(marks[index], last)) {
      last.to = x;
      last.end = index + 1;
      if (KINDS[marks[index].kind].weight > KINDS[last.kind].weight) last.kind = marks[index].kind;
    } else groups.push({ kind: marks[index].kind, marks, from: x, to: x, start: index, end: index + 1 });
  }
  return groups;
}
function firstAfter(marks, at, timeOf = (mark) => mark.at) {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(marks[middle]) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
function glyph(kind, x, y, scale = 1) {
  return `<path class="mark-${kind}${KINDS[kind].hollow ? " hollow" : ""}" transform="translate(${x.toFixed(1)},${y})${scale === 1 ? "" : ` scale(${scale})`}" d="${KINDS[kind].path}"/>`;
}
function drawGroup(group, y) {
  const { bar } = KINDS[group.kind];
  const number = group.end - group.start;
  if (number === 1) return glyph(group.kind, group.from, y);
  if (bar) return `<rect class="mark-${group.kind}" x="${(group.from - 1).toFixed(1)}" y="${y - bar}" width="${(group.to - group.from + 2).toFixed(1)}" height="${2 * bar}"/>`;
  const middle = (group.from + group.to) / 2;
  const reach = group.to - group.from > 16 ? `<path class="reach mark-${group.kind} hollow" d="M${group.from.toFixed(1)},${y}H${group.to.toFixed(1)}"/>` : "";
  return `${reach}${glyph(group.kind, middle, y)}<text class="times" x="${(middle + 8).toFixed(1)}" y="${y + 3.5}">${number}</text>`;
}
