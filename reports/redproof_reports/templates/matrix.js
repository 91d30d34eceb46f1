const data = JSON.parse(document.getElementById("data").textContent);
const table = document.querySelector("table[role=grid]");
const filters = document.querySelector(".filters");
const dialog = document.querySelector("dialog");
const unfolded = new Set();
const place = { row: 0, column: 0 };
let shown = [];
let lines = [];
let rest = "";
const FIRST_ROWS = 60;
const changes = { regression: "regression", "not tested any more": "lost", changed: "other", gain: "gain" };

function escape(text) {
  return String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
function short(number) {
  return number < 1000 ? String(number) : number < 1e6 ? `${(number / 1000).toFixed(number < 1e4 ? 1 : 0)}k` : `${(number / 1e6).toFixed(1)}M`;
}
function nameOf(server) {
  return server.server || server.target;
}
function statusOf(cell) {
  return data.statuses[cell[0]];
}

// Rows as the filters leave them: options below their command where it is unfolded or they are asked for.
const options = new Map();
for (const row of data.rows) if (row.kind === "option") options.set(row.of, [...(options.get(row.of) ?? []), row]);
const commands = new Map(data.rows.filter((row) => row.kind === "command").map((row) => [row.name, row]));
const severity = (row) => (row.cells.some((cell) => cell[5] && cell[5][0] === "regression") ? 0 : 1);

function matcher() {
  const asked = Object.fromEntries(new FormData(filters));
  const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (row) =>
    words.every((word) => `${row.name} ${row.title} ${row.group}`.toLowerCase().includes(word)) &&
    (!asked.group || row.group === asked.group) &&
    (!asked.introduced || (asked.introduced === "before" ? row.kind !== "property" && !row.introduced.length : row.introduced.includes(asked.introduced))) &&
    (!asked.status || row.cells.some((cell) => statusOf(cell) === asked.status)) &&
    (!asked.change || row.cells.some((cell) => cell[5] && (asked.change === "any" || cell[5][0] === asked.change)));
}
function choose() {
  const matches = matcher();
  const narrow = Boolean(filters.status.value || filters.change?.value);
  const chosen = [];
  for (const row of data.rows) {
    if (row.kind === "option") continue;
    const own = (options.get(row.name) ?? []).filter(matches);
    const open = filters.unfold.checked || unfolded.has(row.name) || (narrow && own.length > 0);
    if (matches(row) || own.length) chosen.push({ row, own: open ? own : [], open });
  }
  if (filters.change?.value) chosen.sort((a, b) => Math.min(...[a.row, ...a.own].map(severity)) - Math.min(...[b.row, ...b.own].map(severity)));
  return chosen;
}

function cellText(row, cell, index) {
  const change = cell[5] ? ` ${changes[cell[5][0]]}` : "";
  const counts = cell[1] && row.kind !== "property";
  const label = `${row.name} on ${nameOf(data.servers[index])}: ${statusOf(cell)}${counts ? `, ${cell[1]} judged` : ""}${cell[5] ? `, was ${cell[5][1]}` : ""}`;
  return `<td role="gridcell" tabindex="-1" class="status ${statusOf(cell)}${change}" aria-label="${escape(label)}">${counts ? `<small>${short(cell[1])}</small>` : ""}</td>`;
}
function rowText(row, open) {
  const folds = row.kind === "command" && options.has(row.name);
  const inherited = row.kind === "option" && commands.get(row.of).introduced.join() === row.introduced.join();
  const since = !inherited ? row.introduced.map((release) => `<small>${escape(release)}</small>`).join("") : "";
  return `<tr role="row" class="of-${row.kind}${folds ? ` folds" aria-expanded="${open}` : ""}"><th role="rowheader" scope="row" tabindex="-1">${escape(row.title)}${since}</th>${row.cells.map((cell, index) => cellText(row, cell, index)).join("")}</tr>`;
}
function drawHead() {
  const heads = data.servers.map((server, index) => `<th role="columnheader" scope="col" tabindex="-1" class="server${server.server ? "" : " failed"}">${escape(nameOf(server))}<small>${escape(server.server ? server.target : "not judged").replace(/[:/]/g, "$&<wbr>")}</small></th>`);
  table.tHead.innerHTML = `<tr role="row"><th role="columnheader" scope="col" tabindex="-1" class="corner">command or property</th>${heads.join("")}</tr>`;
  table.style.setProperty("--servers", data.servers.length);
}
// What is seen first is drawn at once, so that typing into the filter does not wait for a thousand rows.
function drawRest() {
  table.tBodies[0].insertAdjacentHTML("beforeend", rest);
  rest = "";
  findLines();
}
function findLines() {
  lines = [...table.tBodies[0].rows].filter((line) => !line.classList.contains("heading"));
}
function draw() {
  const parts = [];
  let group = null;
  shown = [];
  for (const { row, own, open } of choose()) {
    if (row.group !== group) {
      group = row.group;
      parts.push(`<tr role="row" class="heading"><th role="rowheader" colspan="${data.servers.length + 1}"><span>${escape(group)}</span></th></tr>`);
    }
    for (const each of [row, ...own]) {
      shown.push(each);
      parts.push(rowText(each, open));
    }
  }
  table.tBodies[0].innerHTML = parts.slice(0, FIRST_ROWS).join("");
  rest = parts.slice(FIRST_ROWS).join("");
  findLines();
  requestAnimationFrame(() => setTimeout(drawRest));
  tell();
  place.row = Math.min(place.row, shown.length - 1);
  place.column = Math.min(place.column, data.servers.length);
  at(place.row, place.column)?.setAttribute("tabindex", "0");
}

function tell() {
  filters.querySelector("output").textContent = `${shown.length} rows`;
}

// One cell is in the tab order; the arrow keys move it. Row -1 is the head, column 0 the names.
function at(row, column) {
  if (row >= lines.length && rest) drawRest();
  return (row < 0 ? table.tHead.rows[0] : lines[row])?.cells[column];
}
function go(row, column) {
  const target = at(Math.max(-1, Math.min(row, shown.length - 1)), Math.max(0, Math.min(column, data.servers.length)));
  if (!target) return;
  at(place.row, place.column)?.setAttribute("tabindex", "-1");
  place.row = Math.max(-1, Math.min(row, shown.length - 1));
  place.column = Math.max(0, Math.min(column, data.servers.length));
  target.setAttribute("tabindex", "0");
  target.focus({ preventScroll: true });
  reveal(target);
}
// What the sticky head and the sticky column cover is not seen, so scrolling into view must reckon with both.
function reveal(target) {
  const frame = document.querySelector(".frame");
  const box = target.getBoundingClientRect();
  const view = frame.getBoundingClientRect();
  const { bottom: top, right: left } = table.tHead.rows[0].cells[0].getBoundingClientRect();
  if (place.row >= 0 && box.top < top) frame.scrollTop -= top - box.top;
  else if (box.bottom > view.bottom) frame.scrollTop += box.bottom - view.bottom;
  if (place.column > 0 && box.left < left) frame.scrollLeft -= left - box.left;
  else if (place.column > 0 && box.right > view.right) frame.scrollLeft += box.right - view.right;
  frame.scrollIntoView({ block: "nearest" });
}
function positionOf(element) {
  const cell = element.closest("td[role=gridcell], th[role=rowheader], th[role=columnheader]");
  const line = cell?.parentElement;
  if (!cell || line.classList.contains("heading")) return null;
  return { row: line.parentElement === table.tHead ? -1 : lines.indexOf(line), column: cell.cellIndex };
}
function fold(row) {
  const index = shown.indexOf(row);
  const own = options.get(row.name).filter(matcher());
  const open = lines[index].getAttribute("aria-expanded") !== "true";
  lines[index].setAttribute("aria-expanded", open);
  if (open) {
    unfolded.add(row.name);
    lines[index].insertAdjacentHTML("afterend", own.map((each) => rowText(each, open)).join(""));
    shown.splice(index + 1, 0, ...own);
  } else {
    unfolded.delete(row.name);
    lines.slice(index + 1, index + 1 + own.length).forEach((line) => line.remove());
    shown.splice(index + 1, own.length);
  }
  findLines();
  tell();
  go(index, 0);
}
function activate() {
  if (place.row < 0) return place.column > 0 ? openServer(data.servers[place.column - 1]) : undefined;
  const row = shown[place.row];
  if (place.column > 0) return openCell(row, place.column - 1);
  return options.has(row.name) ? fold(row) : openRow(row);
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}
function open(title, parts) {
  document.getElementById("cell-title").textContent = title;
  dialog.querySelector(".details").replaceChildren(...parts);
  dialog.showModal();
  dialog.scrollTop = 0;
}
function openCell(row, index) {
  const cell = row.cells[index];
  const server = data.servers[index];
  const judged = row.kind === "property" || !cell[1] ? "" : `${cell[1].toLocaleString("en")} executions judged, ${cell[2].toLocaleString("en")} of them answered and not refused`;
  const facts = [server.server ? `${server.target}: ${server.server}, judged as ${server.model}` : server.target, data.reasons[cell[3]], judged, cell[5] ? `${cell[5][0]}: it was ${cell[5][1]}` : ""];
  open(`${row.name} on ${nameOf(server)}`, [element("p", statusOf(cell), `status ${statusOf(cell)}`), ...facts.filter(Boolean).map((text) => element("p", text)), ...cell[4].map(divergence)]);
}
function openServer(server) {
  const judged = server.server ? `${server.server}, judged as ${server.model}: ${server.commands.toLocaleString("en")} commands in ${server.took}` : "not judged";
  open(nameOf(server), [server.target, judged, server.failure, ...server.notes].filter(Boolean).map((text) => element("p", text)));
}
function openRow(row) {
  const parts = [element("p", row.title), element("p", row.introduced.length ? `introduced in ${row.introduced.join(" and ")}` : row.kind === "property" ? "" : "in every version that the model knows")];
  if (row.source) {
    const link = element("a", row.source);
    link.href = row.source;
    link.rel = "noreferrer";
    parts.push(link);
  }
  open(row.name, parts);
}
function divergence(name) {
  const found = data.divergences[name];
  const article = document.createElement("article");
  const steps = element("ol", "", "steps");
  steps.append(...found.steps.map((step) => element("li", step)));
  const replies = element("div", "", "replies");
  for (const [label, text] of [["expected", found.expected], ["actual", found.actual]]) {
    const reply = element("div", "", "reply");
    reply.append(element("span", label, "label"), element("span", text, "text"));
    replies.append(reply);
  }
  steps.tabIndex = replies.tabIndex = 0;
  const command = element("div", "", "command");
  const button = element("button", "Copy", "copy");
  button.type = "button";
  button.addEventListener("click", async () => { button.textContent = (await copy(found.replay)) ? "Copied" : "Not copied"; });
  command.append(element("code", found.replay), button);
  article.append(element("h3", `${found.command} ${found.id}`), element("p", [found.about, `judged as ${found.judged}`].filter(Boolean).join("; "), "where"));
  if (found.known) article.append(element("p", `Known: ${found.known}`, "reason"));
  article.append(steps, replies, command);
  return article;
}

const moves = {
  ArrowUp: () => go(place.row - 1, place.column),
  ArrowDown: () => go(place.row + 1, place.column),
  ArrowLeft: () => go(place.row, place.column - 1),
  ArrowRight: () => go(place.row, place.column + 1),
  PageUp: () => go(place.row - 15, place.column),
  PageDown: () => go(place.row + 15, place.column),
  Home: (control) => go(control ? 0 : place.row, 0),
  End: (control) => go(control ? shown.length - 1 : place.row, data.servers.length),
  Enter: activate,
  " ": activate,
};
table.addEventListener("keydown", (event) => {
  if (!moves[event.key] || event.altKey || event.metaKey) return;
  event.preventDefault();
  moves[event.key](event.ctrlKey);
});
table.addEventListener("click", (event) => {
  const found = positionOf(event.target);
  if (!found) return;
  go(found.row, found.column);
  activate();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !dialog.open && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    filters.text.focus();
    filters.text.select();
  } else if (event.key === "Escape" && event.target === filters.text) {
    filters.text.value = "";
    draw();
    go(place.row, place.column);
  }
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("close", () => at(place.row, place.column)?.focus({ preventScroll: true }));
filters.addEventListener("input", draw);
filters.addEventListener("submit", (event) => { event.preventDefault(); go(0, place.column); });
document.querySelector(".changes")?.addEventListener("click", (event) => {
  const { row, target, divergence: record } = event.target.dataset;
  if (record) open(data.divergences[record].command, [divergence(record)]);
  const found = data.rows.find((each) => each.name === row);
  if (found) openCell(found, data.servers.findIndex((server) => server.target === target));
});

function fill(select, values) {
  for (const value of values) select.add(new Option(value, value));
}
fill(filters.group, [...new Set(data.rows.map((row) => row.group))]);
fill(filters.status, data.statuses);
filters.introduced.add(new Option("in every version", "before"));
fill(filters.introduced, [...new Set(data.rows.flatMap((row) => row.introduced))].sort());
drawHead();
draw();
