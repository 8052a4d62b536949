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

/* Colours that Streamlit's theme has; all others are ours and stand in tokens.css. */
const OF_THEME = { text: "--st-text-color", background: "--st-background-color", line: "--st-border-color" };

const paint = (name) =>
  name === "unmapped" ? "url(#hatch)" : name ? `var(${OF_THEME[name] ?? `--${name}`})` : "none";

/* The pen for a scene of graph_core/viz/scene.py, which decides what is drawn: x is a part of the width and some pixels.
   Without a width nothing may have pixels, and the drawing follows its place without being drawn again. */
export const draw = (scene, width = null) => {
  const x = ([part, pixels]) => (width === null ? across(part) : (part * width + pixels).toFixed(2));
  const picks = scene.marks.some(({ pick }) => pick);
  const drawing = svg("svg", { class: "scene", role: picks ? "group" : "img", "aria-label": scene.words });
  drawing.setAttribute("height", scene.height);
  if (width !== null) drawing.setAttribute("width", width);
  for (const mark of scene.marks) drawing.append(PENS[mark.shape](mark, x));
  return drawing;
};

const PENS = {
  box: (mark, x) => {
    const style = `fill:${paint(mark.fill)};fill-opacity:${mark.strength ?? 1};stroke:${paint(mark.line)}`;
    const place = { x: x(mark.x), y: mark.y, width: x(mark.wide), height: mark.high };
    const drawn = svg("rect", { ...place, style, "stroke-dasharray": mark.dash }, tooltip(mark));
    if (!mark.pick) return drawn;
    drawn.style.pointerEvents = "all";
    return append(drawn, { class: "pick", role: "button", tabindex: 0, "aria-label": mark.title, "data-pick": mark.pick }, []);
  },
  line: (mark, x) => {
    const style = `stroke:${paint(mark.line)};stroke-width:${mark.thick ?? 1}`;
    const ends = { x1: x(mark.x), y1: mark.y, x2: x(mark.to_x), y2: mark.to_y };
    return svg("line", { ...ends, style, "stroke-dasharray": mark.dash });
  },
  words: (mark, x) => {
    const weight = mark.bold ? 600 : 400;
    const style = `fill:${paint(mark.fill ?? "text")};font-size:${mark.size ?? 12}px;font-weight:${weight}`;
    const place = { x: x(mark.x), y: mark.y, "text-anchor": mark.anchor ?? "start" };
    return svg("text", { ...place, style }, mark.text, tooltip(mark));
  },
};

const tooltip = ({ title }) => title && svg("title", {}, title);

/* Says what the marks mean. */
export const legendOf = (items, label) => {
  const list = html("div", { class: "legend", role: "note", "aria-label": label });
  for (const { kind, label: words } of items) list.append(html("span", {}, mark(kind), words));
  return list;
};

/* Rows of a long table: 100 at once, and more when the reader comes near the end. `line` gives the rows of one item. */
export const inBatches = (body, end, line) => {
  const BATCH = 100;
  let items = [];
  let drawn = 0;
  const more = () => {
    const next = items.slice(drawn, drawn + BATCH);
    drawn += next.length;
    body.append(...next.flatMap(line));
  };
  const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && more(), {
    rootMargin: "400px",
  });
  watcher.observe(end);
  const show = (all) => {
    [items, drawn] = [all, 0];
    body.replaceChildren();
    more();
  };
  return { show, stop: () => watcher.disconnect() };
};

/* The exposure bar, of graph_core/viz/exposure_bar.py. */
export const exposureBar = (bar) => {
  const drawing = draw(bar.scene);
  drawing.classList.add("bar");
  drawing.prepend(svg("title", {}, bar.scene.words));
  return drawing;
};

/* What the top bar says holds on every page, and the brand on those that show one; all else in an address belongs to
   the page that it was on. */
const BAR = ["asof", "evidence", "classes", "score"];
const HELD = new Set([...BAR, "brand"]);

/* One real entry in the history a step, without loading the page again: relies on Streamlit's popstate listener, and a
   browser test watches that. To another page go only the keys that mean the same on every page. */

export const address = (page, parameters, drop = []) => {
  const url = new URL(page, location.href);
  const same = url.pathname === location.pathname;
  const kept = [...new URLSearchParams(location.search)].filter(([name]) => same || HELD.has(name));
  url.search = new URLSearchParams(kept);
  for (const name of drop) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};

export const fresh = (page, parameters) => {
  const url = new URL(page, location.href);
  const here = new URLSearchParams(location.search);
  for (const name of BAR) for (const value of here.getAll(name)) url.searchParams.append(name, value);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};

export const go = (href) => {
  history.pushState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
};

export const plainClick = (event) => !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);

/* A link to an address, or to the one that a function gives when it is drawn, and again when it is followed. */
export const link = (to, ...children) => {
  const href = typeof to === "function" ? to : () => to;
  const anchor = html("a", { href: href() }, ...children);
  anchor.addEventListener("click", (event) => {
    if (!plainClick(event)) return;
    event.preventDefault();
    go(href());
  });
  return anchor;
};

/* Only web addresses become links; anything else stays text. */
export const outside = ({ url, text: words }) => {
  if (!/^https?:\/\//i.test(url)) return !url || words === url ? words : `${words} (${url})`;
  return html("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words, " ↗");
};
