import { address, html, link, mark, outside } from "./lib.js";

/* Exposure paths, one line each: flagged site, the parties between, then the last link's share into the brand. The
   brand stands in the heading and is not repeated. Opening a line shows the evidence of every hop. */

const HEADS = ["Link", "Share", "Basis", "Evidence", "Disclosure", "Valid from", "Last seen", "Sources"];
const CLASSES = { 0: "name", 1: "number", 7: "name" };

export default function pathStrips({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const open = new Set([...root.querySelectorAll("details[open]")].map((details) => details.dataset.key));
  const list = html("ol", { "aria-label": data.label });
  for (const path of data.paths) list.append(html("li", {}, strip(path, open)));
  root.replaceChildren(list);
}

const strip = (path, open) => {
  const chain = html("span", { class: "chain" });
  path.nodes.forEach((node, index) => {
    chain.append(party(node));
    chain.append(arrow(path.hops[index], index === path.nodes.length - 1));
  });
  const summary = html(
    "summary",
    {},
    html("span", { class: "share" }, path.share),
    chain,
    html("span", { class: "chevron", "aria-hidden": "true" }, "›"),
  );
  const details = html("details", { "data-key": path.key }, summary, hops(path));
  details.open = open.has(path.key);
  return details;
};

const party = (node) => {
  const box = html("span", { class: node.kind ? "party flagged" : "party", title: node.title });
  if (node.kind) box.append(mark(node.kind, node.label, 10));
  box.append(html("span", { class: "name" }, node.name));
  return box;
};

const arrow = (hop, last) => {
  const kind = hop.inferred ? "arrow inferred" : "arrow";
  const words = `${hop.share} over ${hop.inferred ? "an inferred" : "a documented"} link${last ? " to the brand" : ""}`;
  return html("span", { class: kind, title: words }, hop.share, html("i", { role: "img", "aria-label": words }));
};

const hops = (path) => {
  const table = html("table", {});
  table.createCaption().append("Evidence of every hop");
  table.caption.className = "screen-reader";
  const head = table.createTHead().insertRow();
  for (const name of HEADS) head.append(html("th", { scope: "col", class: name === "Share" ? "number" : "" }, name));
  const body = table.createTBody();
  for (const hop of path.hops) {
    const sources = hop.sources.length ? hop.sources.flatMap(source) : ["not stated"];
    const texts = [ends(hop), hop.share, hop.basis, hop.evidence, hop.disclosure, hop.valid_from, hop.last_seen, sources];
    const cells = texts.map((text, index) =>
      html("td", { class: CLASSES[index] ?? "", "data-label": HEADS[index] }, html("span", {}, ...[text].flat())),
    );
    body.append(html("tr", {}, ...cells));
  }
  return html("div", { class: "evidence" }, table, path.note ? html("p", { class: "muted" }, path.note) : null);
};

const ends = ({ ends: [from, to] }) => [partyLink(from), " → ", partyLink(to)];

const partyLink = ({ text, site }) => link(address("site", { site }), text);

const source = ({ text, url }, index) => [index ? "; " : "", outside({ url, text })];
