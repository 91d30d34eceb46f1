// Time and pixels: which part of the run is in view, and where a moment is drawn.
const view = { run: data.runs[0], from: 0, to: 1, width: 0, gutter: 0, narrow: false };
const GUTTER = 132;
const MARGIN = 14;
const SHORTEST_MS = 2;
const STEPS = [1, 2, 5];

function plotWidth() {
  return Math.max(50, view.width - view.gutter - MARGIN);
}
function toX(at) {
  return view.gutter + ((at - view.from) / (view.to - view.from)) * plotWidth();
}
function toTime(x) {
  return view.from + ((x - view.gutter) / plotWidth()) * (view.to - view.from);
}
function whole() {
  const reach = Math.max(view.run.end_ms - view.run.start_ms, SHORTEST_MS);
  return { from: view.run.start_ms - reach * 0.01, to: view.run.end_ms + reach * 0.015 };
}
// Keep the view within the run, and not shorter than what can be told apart.
function look(from, to) {
  const limit = whole();
  const length = Math.min(Math.max(to - from, SHORTEST_MS), limit.to - limit.from);
  view.from = Math.min(Math.max(from, limit.from), limit.to - length);
  view.to = view.from + length;
  redraw();
}
function zoom(factor, around = (view.from + view.to) / 2) {
  look(around - (around - view.from) * factor, around + (view.to - around) * factor);
}
function pan(share) {
  const by = (view.to - view.from) * share;
  look(view.from + by, view.to + by);
}
// Ticks at 1, 2 or 5 times a power of ten, about one in 90 pixels; in seconds from 10 seconds on in minutes.
function ticks() {
  const wanted = ((view.to - view.from) * 90) / plotWidth();
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [...STEPS.map((each) => each * power), 10 * power].find((each) => each >= wanted);
  const found = [];
  for (let number = Math.ceil(view.from / step); number * step <= view.to; number += 1) found.push(number * step);
  return { step, found };
}
function timeText(at, step = 1) {
  const sign = at < 0 ? "−" : "";
  const ms = Math.abs(at);
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : step >= 1 ? 3 : 4;
  if (ms < 60_000) return `${sign}${(ms / 1000).toFixed(digits)} s`;
  const minutes = Math.floor(ms / 60_000);
  return `${sign}${minutes}:${((ms - minutes * 60_000) / 1000).toFixed(digits).padStart(digits ? digits + 3 : 2, "0")}`;
}
function numberText(number) {
  return number.toLocaleString("en");
}
