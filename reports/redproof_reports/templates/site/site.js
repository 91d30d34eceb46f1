"use strict";
// Filters: a row is shown when its text has every word and its data have what is chosen; a group without rows is not.
for (const form of document.querySelectorAll("form.filters")) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const texts = rows.map(row => row.textContent.toLowerCase());
  const fields = [...form.elements].filter(field => field.name);
  const output = form.querySelector("output");
  const fits = (row, field) => !field.value || (row.dataset[field.name] ?? "").split("\n").includes(field.value);
  const apply = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/);
    const chosen = fields.filter(field => field.name !== "text");
    let shown = 0;
    rows.forEach((row, number) => {
      row.hidden = !(words.every(word => texts[number].includes(word)) && chosen.every(field => fits(row, field)));
      shown += row.hidden ? 0 : 1;
    });
    for (const group of document.querySelectorAll("[data-group]")) {
      group.hidden = ![...group.querySelectorAll("[data-row]")].some(row => !row.hidden);
    }
    output.textContent = `${shown} of ${rows.length} ${form.dataset.noun}${rows.length === 1 ? "" : "s"}`;
  };
  const remember = () => {
    const query = new URLSearchParams(fields.filter(field => field.value).map(field => [field.name, field.value]));
    history.replaceState(null, "", `#${query}`);
  };
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const field of fields) field.value = asked.get(field.name) ?? "";
  form.hidden = false;
  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", event => event.preventDefault());
  apply();
}
// Keys: / filters, Escape ends that, and the arrows go through the links of the rows that are shown.
const search = document.querySelector("form.filters input[type=search]");
const links = () => [...document.querySelectorAll("[data-row]:not([hidden]) a")].filter(link => link.offsetParent !== null);
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || search === null) return;
  const typing = document.activeElement === search;
  if (event.key === "/" && !typing && !(document.activeElement instanceof HTMLSelectElement)) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Escape" && typing) {
    search.value = "";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    search.blur();
  } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const all = links();
    const at = all.indexOf(document.activeElement);
    const next = typing && event.key === "ArrowDown" ? 0 : at < 0 ? -1 : at + (event.key === "ArrowDown" ? 1 : -1);
    if (next >= 0 && next < all.length) {
      event.preventDefault();
      all[next].focus();
    }
  }
});
