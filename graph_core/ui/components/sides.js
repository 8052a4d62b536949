import { html, outside } from "./lib.js";

/* Two sides of a pair beside each other. What agrees is underlined, what differs has a dashed frame; the middle column
   says the same in words. Everything is text nodes. */

export default function sides({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const table = html("table", { "aria-label": "The two sides of the pair, part by part" });
  const head = table.createTHead().insertRow();
  head.append(
    html("th", { scope: "col", class: "label" }, html("span", { class: "screen-reader" }, "Part")),
    heading(data.heads[0]),
    heading(data.heads[1]),
    html("th", { scope: "col", class: "verdict" }, html("span", { class: "screen-reader" }, "Do they agree")),
  );
  const body = table.createTBody();
  for (const row of data.rows) body.append(part(row, data.words));
  root.replaceChildren(html("div", { class: "wrap", tabindex: "0", role: "group", "aria-label": "Both sides" }, table));
}

const heading = ({ kind, name, id }) =>
  html(
    "th",
    { scope: "col" },
    html("span", { class: "kind" }, kind),
    html("span", { class: "name" }, name),
    html("span", { class: "id" }, id),
  );

const SIGNS = { same: "=", partly: "≈", differs: "≠", unknown: "–" };

const part = (row, words) => {
  const verdict = html("td", { class: "verdict" });
  if (row.mark in SIGNS) {
    verdict.append(html("span", { class: `sign ${row.mark}`, "aria-hidden": "true" }, SIGNS[row.mark]));
    verdict.append(html("span", {}, words[row.mark]));
  }
  if (row.words) verdict.append(html("p", { class: "muted" }, row.words));
  return html(
    "tr",
    {},
    html("th", { scope: "row", class: "label" }, row.label),
    html("td", {}, ...values(row.left, row.mark)),
    html("td", {}, ...values(row.right, row.mark)),
    verdict,
  );
};

/* Where a part is compared a side that lacks it says so; other facts belong to one kind of side only. */
const values = (list, compared) => {
  if (list.length) return list.map((tokens) => html("div", { class: "value" }, ...tokens.map(token)));
  return compared ? [html("span", { class: "muted" }, "not stated")] : [];
};

const token = (one) => {
  if (one.url) return outside(one);
  if (one.muted) return html("span", { class: "muted" }, one.text);
  if (one.same === true) return html("ins", {}, one.text);
  if (one.same === false) return html("mark", {}, one.text);
  return one.text;
};
