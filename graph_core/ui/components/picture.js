import { address, draw, go, hatch, html } from "./lib.js";

/* A scene of graph_core/viz/scene.py, drawn anew for the width that it has, with its figures as a table below. What can be picked is a button; a pick goes into the address, so that Back undoes it. */

export default function picture({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const { scene, figures } = data;
  const open = root.querySelector("details")?.open ?? false;
  const stage = html("div", { class: "stage", style: `min-height:${scene.height}px` });
  const table = html("details", {}, html("summary", {}, "Figures as a table"), asTable(figures, scene.words));
  table.open = open;
  root.replaceChildren(hatch(), stage, table);

  let drawn = 0;
  const redraw = () => {
    const width = Math.max(scene.least_width ?? 0, Math.floor(stage.clientWidth));
    if (width === drawn || !width) return;
    drawn = width;
    stage.replaceChildren(draw(scene, width));
  };
  const pick = (event) => {
    const picked = event.target.closest?.("[data-pick]")?.dataset.pick;
    if (!picked || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    go(address(location.pathname, { [data.picks]: picked }));
  };
  stage.addEventListener("click", pick);
  stage.addEventListener("keydown", pick);
  const watcher = new ResizeObserver(redraw);
  watcher.observe(stage);
  redraw();
  return () => watcher.disconnect();
}

const asTable = ({ heads, rows, numeric }, words) => {
  const right = (index) => (numeric.includes(index) ? "number" : "");
  const table = html("table");
  const caption = table.createCaption();
  caption.className = "screen-reader";
  caption.textContent = words;
  const head = table.createTHead().insertRow();
  heads.forEach((name, index) => head.append(html("th", { scope: "col", class: right(index) }, name)));
  const body = table.createTBody();
  for (const row of rows) {
    body.append(html("tr", {}, ...row.map((value, index) => html("td", { class: right(index) }, value))));
  }
  return html("div", { class: "wrap", tabindex: 0, role: "group", "aria-label": "Figures" }, table);
};
