import { address, html, link, mark, outside } from "./lib.js";

/* Headings, sentences, lists and facts that hold names from data: built from text nodes, so that a name is never
   Markdown nor markup. A block is {tag, text} with text a list of strings and {strong|link|mark} runs. */

export default function prose({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  root.replaceChildren(...data.blocks.map(block));
}

const TAGS = new Set(["h1", "h2", "h3", "p", "small", "ul", "facts", "table", "details"]);

const block = (item) => {
  const tag = TAGS.has(item.tag) ? item.tag : "p";
  if (tag === "ul") return html("ul", {}, ...item.items.map((runs) => html("li", {}, ...text(runs))));
  if (tag === "facts") return facts(item);
  if (tag === "details") return details(item);
  if (tag === "table") return table(item);
  const element = tag === "small" ? html("p", { class: "small" }) : html(tag);
  element.append(...text(item.text));
  if (item.muted) element.classList.add("muted");
  return element;
};

const details = (item) =>
  html("details", {}, html("summary", {}, ...text(item.text)), html("ul", {}, ...item.items.map((runs) => html("li", {}, ...text(runs)))));

const text = (runs) => [runs].flat().map(run);

const run = (part) => {
  if (typeof part === "string") return part;
  if (part.strong !== undefined) return html("strong", {}, part.strong);
  if (part.mark !== undefined) return mark(part.mark, part.label ?? "", 11);
  if (part.pill !== undefined) return html("span", { class: `pill ${part.kind ?? ""}` }, ...text(part.pill));
  if (part.page !== undefined) return link(address(part.page, part.set ?? {}, part.drop ?? []), part.text);
  if (part.url !== undefined) return outside(part);
  return "";
};

const facts = (item) => {
  const list = html("dl");
  for (const [name, value] of item.items) {
    list.append(html("div", {}, html("dt", {}, name), html("dd", {}, ...text(value))));
  }
  return list;
};

const table = (item) => {
  const body = html("table");
  const head = body.createTHead().insertRow();
  item.heads.forEach((name, index) => head.append(html("th", { scope: "col", class: numeric(item, index) }, name)));
  const rows = body.createTBody();
  for (const row of item.rows) {
    const cells = row.map((value, index) => html("td", { class: numeric(item, index) }, ...text(value)));
    rows.append(html("tr", {}, ...cells));
  }
  return body;
};

const numeric = (item, index) => ((item.numeric ?? []).includes(index) ? "number" : "");
