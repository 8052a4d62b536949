import { address, html, inBatches, link, mark } from "./lib.js";

/* A table whose rows lead somewhere or can be acted on. */

export default function choices({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tt");
  const table = html("table", { "aria-label": data.label });
  const head = table.createTHead().insertRow();
  for (const column of data.columns) {
    head.append(html("th", { scope: "col", class: classes(column), title: column.help }, column.label));
  }
  const acts = data.rows.some((row) => row.actions?.length);
  if (acts) head.append(html("th", { scope: "col" }, html("span", { class: "screen-reader" }, "What can be done")));
  const body = table.createTBody();
  const end = html("div", { class: "end", "aria-hidden": "true" });
  root.replaceChildren(html("div", { class: "wrap" }, table), end);

  const choose = (key, action) => setTriggerValue("chosen", { key, action });
  const { show, stop } = inBatches(body, end, (row) => line(row, data.columns, acts, choose));
  show(data.rows);
  return stop;
}

const classes = ({ numeric, minor }) => [numeric ? "number" : "", minor ? "minor" : ""].join(" ").trim();

const line = (row, columns, acts, choose) => {
  const made = html("tr", { class: row.picked ? "picked" : "" });
  columns.forEach((column, index) => made.append(cell(row.cells[index], column, index)));
  if (acts) {
    const buttons = (row.actions ?? []).map((one) => {
      const button = html(
        "button",
        { type: "button", disabled: one.disabled, "aria-pressed": one.pressed, title: one.help },
        one.label,
      );
      button.setAttribute("aria-label", `${one.label}: ${row.cells[0].title ?? row.cells[0].text}`);
      button.addEventListener("click", () => choose(row.key, one.name));
      return button;
    });
    made.append(html("td", { class: "acts" }, ...buttons));
  }
  return made;
};

const cell = ({ text, note, title, kind, label, muted, page, set, drop }, column, index) => {
  const made = html(index ? "td" : "th", { class: `${classes(column)} ${muted ? "muted" : ""}`.trim(), title });
  if (!index) made.scope = "row";
  if (kind) made.append(mark(kind, label ?? "", 11), " ");
  made.append(page ? link(address(page, set ?? {}, drop ?? []), text) : text);
  if (note) made.append(html("small", {}, note));
  made.dataset.label = column.label;
  return made;
};
