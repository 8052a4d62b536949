import { exposureBar, hatch, html, legendOf, svg } from "./lib.js";

/* Exposure bars one above the other on one scale, and below them every figure with its change. The bars are one drawing,
   so that they are taken elsewhere together. */

const TITLE = 17;
const GAP = 10;

export default function comparison({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  root.replaceChildren(hatch(), legendOf(data.legend, "Legend of the exposure bars"), bars(data.bars, data.label), table(data));
}

const bars = (items, label) => {
  const drawing = svg("svg", { class: "bars", role: "group", "aria-label": label, width: "100%" }, hatch());
  let y = 0;
  for (const { title, figure, bar } of items) {
    drawing.append(
      svg("text", { x: 0, y: y + 12, class: "title", style: "fill:var(--st-text-color)" }, title),
      svg("text", { x: "95%", y: y + 12, class: "title", "text-anchor": "end", style: "fill:var(--muted)" }, figure),
    );
    y += TITLE;
    if (!bar.note) {
      const drawn = exposureBar(bar);
      drawn.setAttribute("x", 0);
      drawn.setAttribute("y", y);
      drawn.setAttribute("width", "100%");
      drawing.append(drawn);
      y += Number(drawn.getAttribute("height"));
    } else {
      drawing.append(svg("text", { x: 0, y: y + 14, style: "fill:var(--muted)" }, bar.note));
      y += 22;
    }
    y += GAP;
  }
  drawing.setAttribute("height", y);
  return drawing;
};

const table = ({ columns, rows, label }) => {
  const body = html("table", { "aria-label": label });
  const head = body.createTHead().insertRow();
  columns.forEach((name, index) => head.append(html("th", { scope: "col", class: index ? "number" : "" }, name)));
  const lines = body.createTBody();
  for (const { name, help, cells, same } of rows) {
    const line = html("tr", { class: same ? "same" : "" }, html("th", { scope: "row", title: help }, name));
    for (const { text, kind } of cells) line.append(html("td", { class: `number ${kind ?? ""}` }, text));
    lines.append(line);
  }
  return html("div", { class: "wrap" }, body);
};
