"use strict";
// Tables that sort by their titles and filter by text. Without this script every row is there all the same.
(() => {
const order = new Intl.Collator("en", {numeric: true});
const unit = {KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3};
// The number that a cell shows; of "2 → 1" by how much it changed. A dash stands for none.
const value = text => {
  const found = text.replace(/(\d),(?=\d)/g, "$1").match(/[-+]?\d+(\.\d+)?/g);
  if (!found) return null;
  if (text.includes("→")) return found.length < 2 ? null : found[1] - found[0];
  const size = text.match(/[KMG]iB/);
  const edge = text.startsWith("<") ? -1e-6 : text.startsWith(">") ? 1e-6 : 0;
  return found[0] * (size ? unit[size[0]] : 1) + edge;
};
const make = (tag, name, text) => {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text) e.textContent = text;
  return e;
};
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0], given = [...body.rows];
  const caption = table.caption.textContent;
  const heads = [...table.tHead.rows[0].cells];
  const said = make("span", "said");
  said.setAttribute("role", "status");
  const sort = (column, way) => {
    const numeric = heads[column].classList.contains("n");
    const keys = given.map((row, at) => {
      const text = row.cells[column].textContent.trim();
      const key = numeric ? value(text) : text === "–" ? null : text;
      return {row, at, key};
    });
    if (way) keys.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.at - b.at;
      return way * (numeric ? a.key - b.key : order.compare(a.key, b.key)) || a.at - b.at;
    });
    body.append(...keys.map(k => k.row));
    heads.forEach((head, at) => head.setAttribute("aria-sort",
      at !== column || !way ? "none" : way > 0 ? "ascending" : "descending"));
  };
  heads.forEach((head, column) => {
    const button = make("button", "", head.textContent);
    button.type = "button";
    const first = head.classList.contains("n") ? -1 : 1;
    let way = 0;
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      // One way, the other, and back to the order of the report.
      way = head.getAttribute("aria-sort") === "none" ? first : way === first ? -first : 0;
      sort(column, way);
    });
    head.replaceChildren(button);
  });
  if (given.length < 12) continue;
  const bar = make("p", "filter"), label = make("label", "", "Filter "), field = make("input");
  field.type = "search";
  field.setAttribute("aria-label", "Filter: " + caption);
  field.autocomplete = "off";
  field.spellcheck = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of given) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      shown += !row.hidden;
    }
    said.textContent = words.length ? `${shown} of ${given.length} rows` : "";
  });
  label.append(field);
  bar.append(label, said);
  table.parentElement.before(bar);
}
})();
