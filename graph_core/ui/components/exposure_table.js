import { exposureBar, fresh, go, hatch, html, inBatches, legendOf, link, plainClick } from "./lib.js";

/* Brands as rows of a real table, each with its exposure bar. Sorting happens here. */

export default function exposureTable({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const state = (root.state ??= { key: data.sort, direction: -1, opened: new Set() });
  if (!data.columns.some((column) => column.key === state.key)) state.key = data.sort;
  const table = html("table");
  const caption = table.createCaption();
  caption.className = "screen-reader";
  caption.textContent = data.caption;
  const head = table.createTHead().insertRow();
  const body = table.createTBody();
  const end = html("div", { class: "end", "aria-hidden": "true" });

  const { show, stop } = inBatches(body, end, (row) => tableRows(row, data.columns, state.opened));
  const draw = () => {
    [...head.cells].forEach((cell, index) => nameSort(cell, data.columns[index], state));
    show(sorted(data.rows, state));
  };
  for (const column of data.columns) head.append(headCell(column, state, draw));
  draw();
  const said = legendOf(data.legend, "Legend of the exposure bar");
  root.replaceChildren(hatch(), said, html("div", { class: "wrap" }, table), end);
  return stop;
}

const headCell = (column, state, draw) => {
  const button = html("button", { type: "button" });
  button.addEventListener("click", () => {
    const same = state.key === column.key;
    state.direction = same ? -state.direction : column.numeric ? -1 : 1;
    state.key = column.key;
    draw();
  });
  const classes = [column.numeric && column.kind !== "bar" ? "number" : "", column.minor ? "minor" : ""];
  const cell = html("th", { scope: "col", class: classes.join(" ").trim(), title: column.help }, button);
  if (column.width) cell.style.width = column.width;
  return cell;
};

const nameSort = (cell, column, state) => {
  const active = state.key === column.key;
  const order = state.direction < 0 ? "descending" : "ascending";
  cell.setAttribute("aria-sort", active ? order : "none");
  const arrow = active ? (state.direction < 0 ? " ↓" : " ↑") : "";
  cell.firstChild.replaceChildren(column.label, html("i", { "aria-hidden": "true" }, arrow));
};

/* What is missing comes last, whichever way the rows are sorted. */
const sorted = (rows, { key, direction }) =>
  [...rows].sort((left, right) => {
    const [x, y] = [left.cells[key].sort, right.cells[key].sort];
    if (x === null || y === null) return (x === null) - (y === null);
    const order = typeof x === "string" ? x.localeCompare(y) : x - y;
    return order * direction || left.cells.name.sort.localeCompare(right.cells.name.sort);
  });

/* A row, and below it the formula of its figure where the reader opened it. */
const tableRows = (row, columns, opened) => {
  // By what the address says once somebody clicks: its choices may have changed since the rows were drawn.
  const href = () => fresh("brand", { brand: row.id });
  const line = html("tr", { tabindex: 0, class: "brand" });
  for (const column of columns) line.append(tableCell(row, columns, column, href, line, opened));
  line.addEventListener("click", (event) => {
    if (event.defaultPrevented || !plainClick(event)) return;
    go(href());
  });
  line.addEventListener("keydown", (event) => {
    const target = { ArrowDown: next(line, "nextElementSibling"), ArrowUp: next(line, "previousElementSibling") }[event.key];
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.key === "Enter" && event.target === line) {
      event.preventDefault();
      go(href());
    }
  });
  return opened.has(row.id) ? [line, formulaRow(row, columns)] : [line];
};

const next = (line, way) => {
  let found = line[way];
  while (found && !found.classList.contains("brand")) found = found[way];
  return found;
};

const formulaRow = (row, columns) => {
  const cell = html("td", { colspan: columns.length, id: `formula-${row.id}` }, row.formula);
  return html("tr", { class: "formula" }, cell);
};

/* A figure opens what it was computed from. */
const opener = (row, columns, text, line, opened) => {
  const button = html("button", {
    type: "button",
    class: "opener",
    title: "What this figure is computed from",
    "aria-label": `${text}: what this figure is computed from`,
    "aria-expanded": String(opened.has(row.id)),
  });
  button.append(text);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const open = !opened.has(row.id);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      opened.add(row.id);
      line.after(formulaRow(row, columns));
    } else {
      opened.delete(row.id);
      line.nextElementSibling.remove();
    }
  });
  return button;
};

const tableCell = (row, columns, column, href, line, opened) => {
  const { text, note, absent } = row.cells[column.key];
  const classes = [column.kind === "bar" ? "bar" : column.numeric ? "number" : column.kind ?? ""];
  if (column.minor) classes.push("minor");
  if (absent) classes.push("muted");
  const cell = html("td", { class: classes.join(" ").trim(), "data-label": column.label });
  if (column.kind === "bar") {
    cell.append(row.bar.note ? html("span", { class: "muted" }, row.bar.note) : exposureBar(row.bar));
  } else if (column.kind === "link") {
    cell.append(link(href, text));
    cell.title = text;
  } else if (column.kind === "opens") {
    cell.append(opener(row, columns, text, line, opened));
  } else {
    cell.append(text);
  }
  if (note) cell.append(html("small", {}, note));
  return cell;
};
