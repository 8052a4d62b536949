import { go, html, link } from "./lib.js";

/* What narrows a table: groups of options, each with how many rows it would leave. An option is a link to the same page
   with one choice more or less, so that every step is an entry in the history and Back undoes it. */

export default function facets({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const state = (root.state ??= { open: false });
  const chosen = data.facets.flatMap((facet) => facet.options.filter((o) => o.chosen).map((o) => [facet, o]));
  const summary = html("summary", {}, "Filter", chosen.length ? html("b", {}, ` ${chosen.length}`) : "");
  const groups = html("div", { class: "groups" }, ...data.facets.map(group));
  const panel = html("details", { open: state.open ? "" : null }, summary, groups);
  panel.addEventListener("toggle", () => (state.open = panel.open));
  const chips = chosen.map(([facet, option]) => chip(facet, option));
  if (chosen.length) chips.push(html("span", { class: "clear" }, link(without(data.facets), "Clear all")));
  root.replaceChildren(html("div", { class: "chips", role: "group", "aria-label": "Filters in force" }, ...chips), panel);
}

const toggled = (facet, option) => {
  const url = new URL(location.href);
  const others = url.searchParams.getAll(facet.key).filter((value) => value !== option.value);
  url.searchParams.delete(facet.key);
  for (const value of option.chosen ? others : [...others, option.value]) url.searchParams.append(facet.key, value);
  return url.href;
};

const without = (all) => {
  const url = new URL(location.href);
  for (const { key } of [...all, { key: "q" }]) url.searchParams.delete(key);
  return url.href;
};

const group = (facet) => {
  const heading = html("h3", { id: `facet-${facet.key}` }, facet.title);
  const options = html("div", { class: "options" }, ...facet.options.map((option) => choice(facet, option)));
  return html("div", { role: "group", "aria-labelledby": `facet-${facet.key}`, class: "group" }, heading, options);
};

const choice = (facet, option) => {
  const words = [html("span", { class: "name", title: option.value }, option.value), html("span", {}, option.text)];
  if (!option.count && !option.chosen) return html("span", { class: "option none" }, ...words);
  const anchor = link(toggled(facet, option), ...words);
  anchor.className = "option";
  anchor.setAttribute("role", "checkbox");
  anchor.setAttribute("aria-checked", String(option.chosen));
  anchor.setAttribute("aria-label", `${option.value}, ${option.text} brands`);
  anchor.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    go(anchor.href);
  });
  return anchor;
};

const chip = (facet, option) => {
  const anchor = link(toggled(facet, option), `${facet.title}: ${option.value}`, html("i", { "aria-hidden": "true" }, "×"));
  anchor.className = "chip";
  anchor.setAttribute("aria-label", `Remove the filter ${facet.title}: ${option.value}`);
  return anchor;
};
