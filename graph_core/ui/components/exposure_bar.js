import { exposureBar, hatch, html, mark } from "./lib.js";

/* One large exposure bar with its legend and figures; what is inferred has a row of its own. */

export default function bigBar({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const { bar, evidenced, inferred } = data;
  const drawing = bar.note ? html("p", { class: "none" }, bar.note) : exposureBar(bar);
  const parts = [hatch(), html("div", { class: "big" }, drawing), figures(evidenced, "Parts of the bar")];
  if (inferred.length) {
    const title = html("p", { class: "apart" }, "Inferred, kept apart from the bar:");
    parts.push(html("div", { class: "inferred" }, title, figures(inferred, "Inferred indicators")));
  }
  root.replaceChildren(...parts);
}

const figures = (items, label) => {
  const list = html("dl", { "aria-label": label });
  for (const { kind, label: name, text, absent } of items) {
    list.append(
      html(
        "div",
        {},
        mark(kind),
        html("dt", {}, name),
        html("dd", { class: absent ? "absent muted" : "" }, text),
      ),
    );
  }
  return list;
};
