import { go, html, link, mark, svg } from "./lib.js";

/* The network picture: nodes and links built with pyvis in Python, drawn by the vis-network library that pyvis ships
   (mounted once, as a component of its own). Labels are drawn on a canvas: they are text, whatever they hold. Titles
   are left away, details of a picked node stand beside the picture. The same nodes and links stand in a table.

   Every choice is an entry in the history. What needs other data (a party picked or opened) asks the server by its
   address; the legend and the table need none, so that they change at once. A picture without a table (of an answer to
   a statement) reports what was picked instead. */

const NARROW = 560;
const LINKS = 200;
/* Below this scale names cannot be read; the picture is then shown in part, closer, with some room at its edges. */
const READABLE = 0.45;
const CLOSE = 0.72;
const MARGIN = 110;

export default function network({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".explorer");
  const begun = performance.now();
  root.style.height = `${data.height}px`;
  root.data = data;
  root.report = data.rows ? null : (id) => setTriggerValue("picked", id);
  root.fresh = signature(data);
  refresh(root, begun);
  const follow = () => refresh(root, performance.now());
  addEventListener("popstate", follow);
  return () => {
    removeEventListener("popstate", follow);
    root.drawn?.network.destroy();
    root.drawn = null;
  };
}

const library = () =>
  new Promise((resolve) => {
    const wait = () => (globalThis.vis ? resolve(globalThis.vis) : setTimeout(wait, 15));
    wait();
  });

const signature = ({ nodes, edges, options, height }) => JSON.stringify([nodes, edges, options, height]);

/* ---- choices in the address ---- */

const said = () => new URLSearchParams(location.search);

const moved = (change) => {
  const url = new URL(location.href);
  change(url.searchParams);
  return url.href;
};

const choose = (change) => {
  const href = moved(change);
  if (href !== location.href) go(href);
};

/* A choice that the server need not know of. */
const chooseHere = (root, change) => {
  const href = moved(change);
  if (href !== location.href) history.pushState(null, "", href);
  refresh(root, performance.now());
};

const picking = (data, id) => (parameters) => {
  parameters.delete("site");
  parameters.delete("group");
  if (data.around) parameters.set("around", data.around);
  if (!id) return;
  if (id.startsWith(data.group_mark)) parameters.set("group", id.slice(data.group_mark.length));
  else parameters.set("site", id);
};

const opening = (data, id) => (parameters) => {
  const group = id.startsWith(data.group_mark);
  const value = group ? `group:${id.slice(data.group_mark.length)}` : `suppliers:${id}`;
  if (!parameters.getAll("open").includes(value)) parameters.append("open", value);
};

const asTable = (root) => {
  if (!root.data.rows) return false;
  const look = said().get("look");
  return look ? look === "table" : root.clientWidth < NARROW;
};

/* ---- what is filtered out ---- */

const filtered = (data) => {
  const out = new Set(said().getAll("hide"));
  const stays = (values) => values.some((value) => !out.has(value));
  const always = new Set([data.centre, data.selected, ...data.pinned]);
  const nodes = new Set();
  for (const [id, marks] of Object.entries(data.facets)) {
    if (!always.has(id) && !stays(marks)) nodes.add(id);
  }
  const edges = new Set();
  data.edges.forEach((edge, number) => {
    if (nodes.has(edge.from) || nodes.has(edge.to) || !(data.edge_facets[number] ?? []).every(stays)) edges.add(number);
  });
  return { out, nodes, edges };
};

const words = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

const account = ({ nodes, edges }) =>
  nodes.size || edges.size
    ? `${words(nodes.size, "node", "nodes")} and ${words(edges.size, "link", "links")} filtered out by the legend.`
    : "";

/* ---- the parts ---- */

const refresh = (root, begun) => {
  const { data } = root;
  const without = filtered(data);
  const inTable = asTable(root);
  const focused = root.getRootNode().activeElement?.dataset.name;
  root.querySelector(".tools").replaceChildren(legend(root, without), tools(root, inTable));
  root.querySelector(".said").textContent = account(without);
  root.querySelector(".box").hidden = inTable;
  const listed = root.querySelector(".listed");
  listed.hidden = !inTable;
  if (inTable) {
    listed.replaceChildren(...tables(root, without));
    root.dataset.drawn = "yes";
  } else {
    drawNetwork(root, without, begun);
  }
  if (focused) root.querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
};

const toggle = (name, pressed, label, children, work) => {
  const button = html("button", { type: "button", "aria-pressed": String(pressed), "aria-label": label }, ...children);
  button.dataset.name = name;
  button.addEventListener("click", work);
  return button;
};

const DASHES = { documented: "", inferred: "5 3", direct: "", indirect: "", holdings: "1.5 3" };

const line = (kind) =>
  svg(
    "svg",
    { class: "mark", width: 18, height: 12, viewBox: "0 0 18 12", "aria-hidden": "true" },
    svg("path", { d: "M0 6H18", style: `stroke:currentColor;stroke-width:1.6;stroke-dasharray:${DASHES[kind]}` }),
    kind === "indirect" && svg("text", { x: 6, y: 5, style: "fill:currentColor;font-size:9px" }, "?"),
  );

const legend = (root, { out }) => {
  const items = root.data.legend.map(({ value, label, count, ...item }) => {
    const shown = !out.has(value);
    const drawn = item.mark ? mark(item.mark) : line(item.line);
    const number = html("span", { class: "muted" }, ` ${count.toLocaleString("en")}`);
    return toggle(`legend-${value}`, shown, null, [drawn, label, number], () =>
      chooseHere(root, (parameters) => {
        const rest = parameters.getAll("hide").filter((one) => one !== value);
        parameters.delete("hide");
        for (const one of shown ? [...rest, value] : rest) parameters.append("hide", one);
      }),
    );
  });
  return html("div", { class: "legend", role: "group", "aria-label": "Legend: choose what is shown" }, ...items);
};

const tools = (root, inTable) => {
  const look = (name, label, own) =>
    toggle(`look-${name}`, own, null, [label], () =>
      chooseHere(root, (parameters) => parameters.set("look", name)),
    );
  const zoom = (name, label, sign, work) => {
    const button = toggle(name, false, label, [sign], () => root.drawn && work(root.drawn.network));
    button.removeAttribute("aria-pressed");
    return button;
  };
  const by = (factor) => (net) => net.moveTo({ scale: net.getScale() * factor, animation: false });
  const zooms = [
    zoom("zoom-in", "Zoom in", "+", by(1.35)),
    zoom("zoom-out", "Zoom out", "−", by(1 / 1.35)),
    zoom("zoom-fit", "Fit the whole picture", "Fit", (net) => net.fit({ animation: false, maxZoomLevel: 1.1 })),
  ];
  return html(
    "div",
    { class: "switches", role: "group", "aria-label": "View" },
    ...(root.data.rows ? [look("picture", "Picture", !inTable), look("table", "Table", inTable)] : []),
    ...(inTable ? [] : zooms),
  );
};

/* ---- the same as a table ---- */

const tables = (root, { nodes, edges }) => {
  const { data } = root;
  const parties = data.rows.nodes.filter(({ id }) => !nodes.has(id));
  const links = data.rows.links.filter((_, number) => !edges.has(number));
  const first = root.every ? links : links.slice(0, LINKS);
  const parts = [
    table("Parties and groups", ["Name", "Tier", "Country", "Carries", "Of inputs"], parties.map(partyRow(data)), 3),
    table("Links", ["From", "To", "What is known"], first.map(linkRow), 9),
  ];
  if (first.length < links.length) {
    const button = html("button", { type: "button" }, `Show all ${links.length.toLocaleString("en")} links`);
    button.addEventListener("click", () => {
      root.every = true;
      refresh(root, performance.now());
    });
    parts.push(button);
  }
  return parts;
};

const table = (caption, heads, rows, numeric) => {
  const kind = (index) => ({ class: index >= numeric ? "number" : "" });
  const made = html("table", { class: `columns-${heads.length}` }, html("caption", {}, caption));
  made.append(html("thead", {}, html("tr", {}, ...heads.map((h, i) => html("th", { scope: "col", ...kind(i) }, h)))));
  const body = rows.map(({ cells, current }) =>
    html("tr", { "aria-current": current && "true" }, ...cells.map((cell, i) => html("td", kind(i), ...[cell].flat()))),
  );
  made.append(html("tbody", {}, ...body));
  return made;
};

const partyRow = (data) => (row) => {
  const name = link(moved(picking(data, row.id)), row.name);
  return {
    cells: [[mark(row.mark, row.mark_label), " ", name], row.tier, row.country, row.carries, row.inputs],
    current: row.id === data.selected,
  };
};

const linkRow = (row) => ({ cells: [row.supplier, row.buyer, [row.product, row.words].filter(Boolean).join(", ")] });

/* ---- the picture ---- */

const drawNetwork = (root, without, begun) => {
  const { data, fresh } = root;
  const box = root.querySelector(".box");
  box.setAttribute("aria-label", data.label);
  if (root.drawn?.signature === fresh) {
    hide(root.drawn, without);
    select(root.drawn.network, data.selected);
    return;
  }
  const fonts = [document.fonts.load("600 13px Inter"), document.fonts.load("13px Inter")];
  Promise.all([library(), ...fonts]).then(([vis]) => {
    if (root.fresh !== fresh || root.drawn?.signature === fresh || box.hidden) return;
    root.drawn?.network.destroy();
    root.drawn = { signature: fresh, ...mounted(vis, root, box, filtered(data), begun) };
    box.network = root.drawn.network;
  });
};

const mounted = (vis, root, box, without, begun) => {
  const { data } = root;
  const nodes = new vis.DataSet(data.nodes.map((node) => ({ ...node, hidden: without.nodes.has(node.id) })));
  const edges = new vis.DataSet(data.edges.map((edge) => ({ ...edge, hidden: without.edges.has(edge.id) })));
  const net = new vis.Network(box, { nodes, edges }, data.options);
  net.once("afterDrawing", () => {
    frame(box, net, data);
    root.dataset.drawn = "yes";
    root.dataset.settled = Math.round(performance.now() - begun);
  });
  net.on("click", (event) => {
    const [id] = event.nodes;
    if (root.data.fixed.includes(id) || (!id && event.edges.length)) return;
    if (root.report) root.report(id ?? "");
    else if ((id ?? "") !== root.data.selected) choose(picking(root.data, id ?? ""));
  });
  net.on("doubleClick", (event) => {
    const [id] = event.nodes;
    if (id && !root.report && !root.data.fixed.includes(id)) choose(opening(root.data, id));
  });
  select(net, data.selected);
  return { network: net, nodes, edges, without };
};

const hide = (drawn, { nodes, edges }) => {
  const changed = (before, now) => [...new Set([...before, ...now])].filter((id) => before.has(id) !== now.has(id));
  const update = (set, before, now) => set.update(changed(before, now).map((id) => ({ id, hidden: now.has(id) })));
  update(drawn.nodes, drawn.without.nodes, nodes);
  update(drawn.edges, drawn.without.edges, edges);
  drawn.without = { nodes, edges };
};

/* The whole picture where it stays readable; else the part of it around what was picked, to be dragged. */
const frame = (box, net, data) => {
  net.fit({ animation: false, maxZoomLevel: 1.1 });
  if (net.getScale() >= READABLE) return;
  const places = Object.values(net.getPositions());
  const anchor = [data.selected, data.centre].filter((id) => net.body.nodes[id]).map((id) => net.getPosition(id))[0];
  if (!anchor) return;
  const within = (axis, room) => {
    const values = places.map((place) => place[axis]);
    const [least, most] = [Math.min(...values) - MARGIN + room / 2, Math.max(...values) + MARGIN - room / 2];
    return least > most ? (least + most) / 2 : Math.min(Math.max(anchor[axis], least), most);
  };
  const room = { x: box.clientWidth / CLOSE, y: box.clientHeight / CLOSE };
  const position = { x: within("x", room.x), y: within("y", room.y) };
  net.moveTo({ position, scale: CLOSE, animation: false });
};

const select = (net, id) => {
  if (id && net.body.nodes[id]) net.selectNodes([id]);
  else net.unselectAll();
};
