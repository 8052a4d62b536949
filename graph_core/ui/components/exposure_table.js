import { address, exposureBar, go, hatch, html, link, mark, plainClick } from "./lib.js";

/* Brands as rows of a real table, each with its exposure bar. Sorting happens here; 100 rows are drawn at once and more
   when the reader comes near the end. */

const BATCH = 100;

export default function exposureTable({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const state = (root.state ??= { key: data.sort, direction: -1 });
  const table = html("table");
  const caption = table.createCaption();
  caption.className = "screen-reader";
  caption.textContent = data.caption;
  const head = table.createTHead().insertRow();
  const body = table.createTBody();
  const end = html("div", { class: "end", "aria-hidden": "true" });

  const draw = () => {
    [...head.cells].forEach((cell, index) => nameSort(cell, data.columns[index], state));
    const rows = sorted(data.rows, state);
    let drawn = 0;
    const more = () => {
      const next = rows.slice(drawn, drawn + BATCH).map((row) => tableRow(row, data.columns));
      drawn += next.length;
      body.append(...next);
    };
    body.replaceChildren();
    more();
    root.more = () => drawn < rows.length && more();
  };
  for (const column of data.columns) head.append(headCell(column, state, draw));
  draw();
  root.replaceChildren(hatch(), legend(data.legend), html("div", { class: "wrap" }, table), end);

  const watcher = new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && root.more(),
    { rootMargin: "400px" },
  );
  watcher.observe(end);
  const toSearch = (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    document.querySelector(".st-key-q input")?.focus();
  };
  document.addEventListener("keydown", toSearch);
  return () => {
    watcher.disconnect();
    document.removeEventListener("keydown", toSearch);
  };
}

const legend = (items) => {
  const list = html("div", { class: "legend", role: "note", "aria-label": "Legend of the exposure bar" });
  for (const { kind, label } of items) list.append(html("span", {}, mark(kind), label));
  return list;
};

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

const tableRow = (row, columns) => {
  const href = address("brand", { brand: row.id }, ["site", "q"]);
  const line = html("tr", { tabindex: 0 });
  for (const column of columns) line.append(tableCell(row, column, href));
  line.addEventListener("click", (event) => {
    if (event.defaultPrevented || !plainClick(event)) return;
    go(href);
  });
  line.addEventListener("keydown", (event) => {
    const target = { ArrowDown: line.nextSibling, ArrowUp: line.previousSibling }[event.key];
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.key === "Enter" && event.target === line) {
      event.preventDefault();
      go(href);
    }
  });
  return line;
};

const tableCell = (row, column, href) => {
  const { text, note, absent } = row.cells[column.key];
  const classes = [column.kind === "bar" ? "bar" : column.numeric ? "number" : column.kind ?? ""];
  if (column.minor) classes.push("minor");
  if (absent) classes.push("muted");
  const cell = html("td", { class: classes.join(" ").trim(), "data-label": column.label });
  if (column.kind === "bar") {
    cell.append(row.bar.segments.length ? exposureBar(row.bar) : html("span", { class: "muted" }, row.bar.note));
  } else if (column.kind === "link") {
    cell.append(link(href, text));
    cell.title = text;
  } else {
    cell.append(text);
  }
  if (note) cell.append(html("small", {}, note));
  return cell;
};
