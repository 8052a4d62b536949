/* Drawing helpers that all components share. Text from data enters the page as text nodes only. */

const SVG = "http://www.w3.org/2000/svg";

const append = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

export const svg = (tag, attributes = {}, ...children) =>
  append(document.createElementNS(SVG, tag), attributes, children);

export const html = (tag, attributes = {}, ...children) => append(document.createElement(tag), attributes, children);

const across = (part) => `${(100 * part).toFixed(3)}%`;

/* The hatch of unmapped inputs: a pattern that each component defines once in its own shadow root. */
export const hatch = () =>
  svg(
    "svg",
    { width: 0, height: 0, "aria-hidden": "true", style: "position:absolute" },
    svg(
      "defs",
      {},
      svg(
        "pattern",
        { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("rect", { width: 5, height: 5, style: "fill:var(--hatch-background)" }),
        svg("line", { x1: 0, y1: 0, x2: 0, y2: 5, style: "stroke:var(--hatch);stroke-width:1.3" }),
      ),
    ),
  );

/* A mark has the shape of its meaning as well as its colour: square, diamond, disc, triangle, hatch, dash. */
const SHAPES = {
  named: () => svg("rect", { x: 1, y: 1, width: 10, height: 10, style: "fill:var(--named)" }),
  ownership: () => svg("path", { d: "M6 0L12 6L6 12L0 6Z", style: "fill:var(--ownership)" }),
  good_country: () =>
    svg("circle", { cx: 6, cy: 6, r: 5, style: "fill:var(--good_country);stroke:var(--muted);stroke-width:1" }),
  region: () => svg("path", { d: "M6 0.5L12 11.5H0Z", style: "fill:var(--region)" }),
  unflagged: () => svg("rect", { x: 1, y: 1, width: 10, height: 10, style: "fill:var(--unflagged)" }),
  unmapped: () => svg("rect", { x: 1, y: 1, width: 10, height: 10, style: "fill:url(#hatch);stroke:var(--hatch)" }),
  open: () => svg("text", { x: 2.5, y: 11, style: "fill:var(--muted);font-weight:700;font-size:13px" }, "?"),
  bounds: () => svg("path", { d: "M1 10V4H11V10", style: "fill:none;stroke:currentColor;stroke-width:1.3" }),
  place_point: () => svg("circle", { cx: 6, cy: 6, r: 5, style: "fill:var(--unflagged)" }),
  place_town: () => svg("circle", { cx: 6, cy: 6, r: 4.5, style: "fill:none;stroke:var(--unflagged);stroke-width:1.5" }),
  place_counted: () =>
    svg("rect", { x: 0.5, y: 2, width: 11, height: 8, rx: 4, style: "fill:none;stroke:var(--hatch);stroke-dasharray:2 1.2" }),
  with_inferred: () =>
    svg("rect", { x: 1, y: 3, width: 10, height: 6, style: "fill:none;stroke:currentColor;stroke-dasharray:2.2 1.5" }),
};

export const mark = (kind, label = "", size = 12) => {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  return svg("svg", { class: "mark", width: size, height: size, viewBox: "0 0 12 12", ...named }, SHAPES[kind]());
};

/* The exposure bar. Its geometry comes from graph_core/viz/exposure_bar.py; every x is a part of the width, so that
   the bar follows its column without drawing again. */
export const exposureBar = (bar, { top = 9, thick = 14, lane = 8 } = {}) => {
  const height = top + thick + 3 + lane * Math.max(1, bar.lanes.length);
  const drawing = svg("svg", { class: "bar", role: "img", "aria-label": bar.words, height });
  drawing.append(svg("title", {}, bar.words));
  for (const segment of bar.segments) {
    const unmapped = segment.kind === "unmapped";
    const style = unmapped
      ? "fill:url(#hatch);stroke:var(--hatch);stroke-width:1"
      : `fill:var(--${segment.kind});stroke:var(--st-background-color);stroke-width:1`;
    const inset = unmapped ? 0.5 : 0;
    drawing.append(
      svg("rect", {
        x: across(segment.start),
        y: top + inset,
        width: across(segment.end - segment.start),
        height: thick - 2 * inset,
        style,
      }),
    );
  }
  if (bar.open_end) drawing.append(...openEnd(bar.segments.at(-1).end, top, thick));
  if (bar.bracket) drawing.append(...bracket(bar.bracket, top));
  bar.lanes.forEach((item, row) => drawing.append(laneBar(item, top + thick + 4 + lane * row)));
  return drawing;
};

const openEnd = (start, top, thick) => {
  const style = "stroke:var(--hatch);stroke-dasharray:2 3";
  const edge = (y) => svg("line", { x1: across(start), x2: "100%", y1: y, y2: y, style });
  const words = "fill:var(--muted);font-weight:700;font-size:12.5px";
  const middle = { x: across((start + 1) / 2), y: top + thick / 2 + 4.5, "text-anchor": "middle", style: words };
  return [edge(top + 0.5), edge(top + thick - 0.5), svg("text", middle, "?")];
};

const bracket = ([lower, upper], top) => {
  const style = "stroke:var(--st-text-color);stroke-width:1.25";
  const line = (x1, x2, y1, y2) => svg("line", { x1: across(x1), x2: across(x2), y1, y2, style });
  return [
    line(lower, upper, top - 5, top - 5),
    line(lower, lower, top - 5.6, top - 1),
    line(upper, upper, top - 5.6, top - 1),
  ];
};

const laneBar = (item, y) => {
  const fill = item.kind === "with_inferred" ? "none" : `var(--${item.kind})`;
  const style = `fill:${fill};stroke:var(--muted);stroke-width:1;stroke-dasharray:3 2`;
  return svg("rect", { x: "0.05%", y, width: across(item.end), height: 5, style });
};

/* One real entry in the history a step, without loading the page again: relies on Streamlit's popstate listener, and a
   browser test watches that. Keys with another meaning on the next page are left behind. */
export const address = (page, parameters, drop = []) => {
  const url = new URL(page, location.href);
  url.search = location.search;
  for (const name of drop) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};

/* What the top bar says holds on every page; all else in an address belongs to the page that it was on. */
const HELD = ["asof", "evidence", "classes", "score"];

export const fresh = (page, parameters) => {
  const url = new URL(page, location.href);
  const here = new URLSearchParams(location.search);
  for (const name of HELD) for (const value of here.getAll(name)) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};

export const go = (href) => {
  history.pushState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
};

export const plainClick = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);

export const link = (href, ...children) => {
  const anchor = html("a", { href }, ...children);
  anchor.addEventListener("click", (event) => {
    if (!plainClick(event)) return;
    event.preventDefault();
    go(href);
  });
  return anchor;
};
