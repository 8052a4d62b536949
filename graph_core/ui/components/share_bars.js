import { address, hatch, html, link, mark, svg } from "./lib.js";

/* Labelled horizontal bars: attribution to flagged sites, evidence classes each on its own. */

export default function shareBars({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const list = html("ul", { "aria-label": data.label });
  for (const row of data.rows) list.append(line(row));
  root.replaceChildren(hatch(), list);
}

const line = (row) => {
  const name = html("span", { class: "name", title: row.title ?? row.name });
  if (row.kind) name.append(mark(row.kind, row.label, 10), " ");
  name.append(row.site ? link(address("site", { site: row.site }), row.name) : row.name);
  if (row.sub) name.append(html("small", { class: row.below ? "below" : "" }, row.sub));
  const drawing = svg("svg", { width: "100%", height: 12, "aria-hidden": "true" });
  if (row.part !== null) drawing.append(share(row));
  const figure = html("span", { class: row.absent ? "figure muted" : "figure" }, row.text);
  return html("li", {}, name, drawing, figure);
};

const share = ({ part, kind, inferred }) => {
  const colour = `fill:var(--${kind ?? "accent"})`;
  const style = inferred ? `${colour};stroke:var(--muted);stroke-dasharray:3 2` : colour;
  const size = inferred ? { y: 3, height: 6 } : { y: 0, height: 12 };
  return svg("rect", { x: "0.1%", ...size, width: `${(99.5 * part).toFixed(2)}%`, style });
};
