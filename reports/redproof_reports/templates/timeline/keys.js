// Wheel, pointer, keys, buttons, filters, the list of lost writes, and the choice of the run.
const pointers = new Map();
let dragged = 0;

function pointAt(event) {
  const box = chart.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}
function hover(event) {
  const { x, y } = pointAt(event);
  const inside = x >= view.gutter && x <= view.width - MARGIN + 4;
  document.getElementById("cross")?.setAttribute("d", inside ? `M${x.toFixed(1)},0V${chart.clientHeight}` : "");
  const now = document.getElementById("now");
  const text = timeText(toTime(x), (view.to - view.from) / 500);
  const half = text.length * 3.7 + 4;
  const middle = Math.min(Math.max(x, half), view.width - half);
  now.innerHTML = inside ? `<rect x="${middle - half}" y="2" width="${2 * half}" height="18" rx="3"/><text x="${middle}" y="15">${text}</text>` : "";
  const found = inside ? nearest(x, y) : null;
  if (found) told.textContent = describe(found);
}
frame.addEventListener("wheel", (event) => {
  const { x } = pointAt(event);
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(1.0025 ** event.deltaY, toTime(x));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    pan((event.deltaX || event.deltaY) / plotWidth());
  }
}, { passive: false });
frame.addEventListener("pointerdown", (event) => {
  pointers.set(event.pointerId, event);
  dragged = 0;
});
// One pointer pans; two also zoom by how far they are apart. Up and down the page scrolls as ever.
frame.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  if (!before) return void hover(event);
  const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
  dragged += Math.abs(event.clientX - before.clientX);
  if (dragged > 4) frame.setPointerCapture(event.pointerId);
  if (other) {
    const apart = (one) => Math.max(20, Math.abs(one.clientX - other.clientX));
    zoom(apart(before) / apart(event), toTime(pointAt(other).x));
  } else if (dragged > 4) pan((before.clientX - event.clientX) / plotWidth());
  pointers.set(event.pointerId, event);
});
for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, (event) => {
  pointers.delete(event.pointerId);
  if (kind === "pointerup" && dragged <= 4) pick(event);
});
frame.addEventListener("pointerleave", () => {
  document.getElementById("cross")?.setAttribute("d", "");
  document.getElementById("now").innerHTML = "";
});
function pick(event) {
  const { x, y } = pointAt(event);
  const found = nearest(x, y);
  if (found?.group) choose(found.lane, found.group.marks[found.group.start]);
  if (found) told.textContent = describe(found);
}

// ---- keys: lanes by up and down, marks by left and right

function step(by) {
  const lane = lanes[chosen.lane];
  const marks = marksOf(lane);
  if (!marks.length) return;
  const at = chosen.mark ? marks.indexOf(chosen.mark) : by > 0 ? firstAfter(marks, view.from) - 1 : firstAfter(marks, view.to);
  choose(lane, marks[Math.min(Math.max(at + by, 0), marks.length - 1)]);
}
function toLane(by) {
  const index = Math.min(Math.max(chosen.lane + by, 0), lanes.length - 1);
  if (index === chosen.lane) return;
  const near = chosen.mark?.at ?? (view.from + view.to) / 2;
  const marks = marksOf(lanes[index]);
  choose(lanes[index], marks[Math.min(firstAfter(marks, near), marks.length - 1)] ?? null);
  const top = chart.getBoundingClientRect().top + lanes[index].top;
  if (top < 60) scrollBy(0, top - 80);
  else if (top + lanes[index].height > innerHeight - 90) scrollBy(0, top + lanes[index].height - innerHeight + 110);
}
const keys = {
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  ArrowUp: () => toLane(-1),
  ArrowDown: () => toLane(1),
  Home: () => step(-Infinity),
  End: () => step(Infinity),
  "+": () => zoom(0.5, chosen.mark?.at),
  "=": () => zoom(0.5, chosen.mark?.at),
  "-": () => zoom(2, chosen.mark?.at),
  0: () => look(whole().from, whole().to),
  "[": () => pan(-0.25),
  "]": () => pan(0.25),
  l: () => nextLost(1),
  L: () => nextLost(-1),
  Escape: () => choose(lanes[chosen.lane], null),
};
function nextLost(by) {
  const lost = view.run.lostMarks;
  if (!lost.length) return;
  const at = lost.indexOf(chosen.mark);
  goTo(lost[(at + by + lost.length + (at < 0 && by < 0 ? 1 : 0)) % lost.length]);
}
// Bring a mark into view with what was around it, even if its kind is filtered out.
function goTo(mark) {
  hidden.delete(mark.kind);
  drawFilters();
  const lane = lanes.find((each) => each.marks.includes(mark));
  const length = Math.min(view.to - view.from, (whole().to - whole().from) / 6);
  look(mark.at - length / 2, mark.at + length / 2);
  chosen.shown = true;
  choose(lane, mark);
}
frame.addEventListener("keydown", (event) => {
  if (!Object.hasOwn(keys, event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  chosen.shown = true;
  keys[event.key]();
});
frame.addEventListener("focus", () => {
  chosen.shown = frame.matches(":focus-visible");
  redraw();
});
document.querySelector(".tools").addEventListener("click", (event) => {
  const action = { in: "+", out: "-", all: "0", left: "[", right: "]", lost: "l" }[event.target.closest("button")?.dataset.do];
  if (action) keys[action]();
});
const overview = document.getElementById("overview");
overview.addEventListener("pointerdown", (event) => { overview.setPointerCapture(event.pointerId); lookFrom(event); });
overview.addEventListener("pointermove", (event) => { if (overview.hasPointerCapture(event.pointerId)) lookFrom(event); });
function lookFrom(event) {
  const box = overview.getBoundingClientRect();
  const { from, to } = whole();
  const length = view.to - view.from;
  const middle = from + ((event.clientX - box.left) / box.width) * (to - from);
  if (length >= (to - from) * 0.99) zoom(0.2, middle);
  else look(middle - length / 2, middle + length / 2);
}

// ---- filters, which are the legend too

const filters = document.querySelector(".kinds");
function drawFilters() {
  const counts = new Map([[FAULT, view.run.faults.length]]);
  for (const lane of lanes) for (const [kind, marks] of lane.byKind) counts.set(kind, (counts.get(kind) ?? 0) + marks.length);
  const item = (kind, name, picture) => `<label class="kind${counts.get(kind) ? "" : " absent"}"><input type="checkbox" name="${kind}"${hidden.has(kind) ? "" : " checked"}><svg viewBox="-9 -9 18 18" aria-hidden="true">${picture}</svg><span>${name}</span> <b>${numberText(counts.get(kind) ?? 0)}</b></label>`;
  const part = (name, title) => kindNames.filter((kind) => KINDS[kind].of === name && counts.get(kind)).map((kind) => item(kind, KINDS[kind].label, glyph(kind, 0, 0))).join("") || `<span class="where">no ${title.toLowerCase()}</span>`;
  const servers = view.run.servers.map((server) => `<span class="kind"><svg viewBox="-9 -9 18 18" aria-hidden="true"><rect class="chip node-${colour(server.name)}" x="-6" y="-6" width="12" height="12" rx="2"/></svg>${escape(server.name)}</span>`).join("");
  filters.innerHTML = `<fieldset><legend>Writes</legend>${part("writes", "Writes")}</fieldset><fieldset><legend>Sentinels’ events</legend>${part("events", "Events")}</fieldset><fieldset><legend>Faults</legend>${item(FAULT, "faults", '<rect class="fault" x="-8" y="-5" width="16" height="10" rx="2"/>')}</fieldset><fieldset><legend>Servers</legend>${servers}</fieldset>`;
}
filters.addEventListener("change", ({ target }) => {
  if (target.checked) hidden.delete(target.name);
  else hidden.add(target.name);
  redraw();
});

// ---- the list of lost writes, and the runs

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-lost], button[data-at]");
  if (!button) return;
  if (button.dataset.lost) goTo(view.run.lostMarks.find((mark) => mark.number === Number(button.dataset.lost)));
  else {
    const at = Number(button.dataset.at);
    const length = Math.min(view.to - view.from, (whole().to - whole().from) / 6);
    look(at - length / 2, at + length / 2);
    told.textContent = timeText(at);
  }
  document.getElementById("timeline").scrollIntoView();
  frame.focus({ preventScroll: true });
});
function chooseRun() {
  const index = Math.max(0, data.runs.findIndex((run) => `#${run.anchor}` === location.hash));
  for (const section of document.querySelectorAll(".of-run")) section.hidden = section.dataset.run !== data.runs[index].anchor;
  for (const link of document.querySelectorAll(".runs a")) link.toggleAttribute("aria-current", link.hash === `#${data.runs[index].anchor}`);
  show(data.runs[index]);
  drawFilters();
}
addEventListener("hashchange", chooseRun);
new ResizeObserver(redraw).observe(frame);
chooseRun();
