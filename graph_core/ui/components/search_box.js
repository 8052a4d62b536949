import { fresh, go, html, mark, plainClick } from "./lib.js";

/* The search box of the top bar: a combobox whose options are links. What is typed goes to Python when the typing pauses;
   only this part of the page runs then. The list lies in the top layer, so that no container cuts it off. */

const PAUSE = 130;
const PATIENCE = 400;

export default function searchBox({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tt");
  const box = (root.box ??= build(root));
  box.ask = (text) => setStateValue("typed", text);
  box.again = () => setStateValue("again", Date.now());
  show(box, data);
  document.addEventListener("keydown", box.onSlash);
  window.addEventListener("scroll", box.onMove, true);
  window.addEventListener("resize", box.onMove);
  return () => {
    document.removeEventListener("keydown", box.onSlash);
    window.removeEventListener("scroll", box.onMove, true);
    window.removeEventListener("resize", box.onMove);
  };
}

const build = (root) => {
  const input = html("input", {
    type: "text",
    role: "combobox",
    "aria-label": "Find a brand, site or company",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "found",
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 200,
    placeholder: "Find a name or identifier ( / )",
  });
  const list = html("div", { id: "found", role: "listbox", "aria-label": "Found" });
  const note = html("p", { class: "muted", "aria-hidden": "true" });
  const panel = html("div", { class: "panel", popover: "manual" }, list, note);
  const status = html("span", { class: "screen-reader", role: "status" });
  root.replaceChildren(input, panel, status);
  const box = { input, panel, list, note, status, active: -1, timer: 0 };
  box.onSlash = (event) => toBox(event, input);
  box.onMove = () => isOpen(box) && place(box);
  input.addEventListener("input", () => wait(box));
  input.addEventListener("keydown", (event) => onKey(event, box));
  input.addEventListener("focus", () => input.value.trim() && answered(box) && open(box));
  input.addEventListener("blur", () => close(box));
  panel.addEventListener("mousedown", (event) => event.preventDefault()); // a click must not take the focus first
  return box;
};

const isOpen = (box) => box.panel.matches(":popover-open");

const answered = (box) => box.list.hasChildNodes() || box.note.hasChildNodes();

const toBox = (event, input) => {
  const target = event.composedPath()[0];
  const typing = /^(input|textarea|select)$/i.test(target.tagName) || target.isContentEditable;
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
  input.select();
};

const wait = (box) => {
  clearTimeout(box.timer);
  const text = box.input.value.trim();
  if (!text) {
    clear(box);
    return;
  }
  box.timer = setTimeout(() => box.ask(text), PAUSE);
};

const clear = (box) => {
  clearTimeout(box.timer);
  box.list.replaceChildren();
  box.note.replaceChildren();
  box.status.replaceChildren();
  close(box);
};

const show = (box, data) => {
  const text = box.input.value.trim();
  if (!text || data.typed !== text) return; // an answer to something typed before
  box.active = -1;
  box.input.removeAttribute("aria-activedescendant");
  box.list.replaceChildren(...data.hits.map((hit, place) => option(hit, place, box)));
  box.note.replaceChildren(data.note);
  box.status.replaceChildren(data.note || `${data.hits.length} found`);
  if (box.input.matches(":focus")) open(box);
  if (data.building) {
    clearTimeout(box.timer);
    box.timer = setTimeout(box.again, PATIENCE);
  }
};

const option = (hit, place, box) => {
  const name = html("span", { class: "name" }, hit.name);
  const facts = html("span", { class: "facts" }, hit.facts);
  const lines = [html("span", { class: "line" }, name, facts)];
  if (hit.matched) lines.push(html("span", { class: "matched" }, hit.matched));
  if (hit.finding) {
    const sign = hit.flagged ? mark("named") : null;
    lines.push(html("span", { class: "finding" }, ...[sign, hit.finding].filter(Boolean)));
  }
  const href = fresh(hit.page, hit.set);
  const anchor = html("a", { href, role: "option", id: `hit-${place}`, tabindex: -1, "aria-selected": "false" }, ...lines);
  anchor.addEventListener("click", (event) => {
    if (!plainClick(event)) return;
    event.preventDefault();
    follow(box, href);
  });
  anchor.addEventListener("mousemove", () => activate(box, place));
  return anchor;
};

const follow = (box, href) => {
  box.input.value = "";
  clear(box);
  box.input.blur();
  go(href);
};

const onKey = (event, box) => {
  const options = [...box.list.querySelectorAll("a")];
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps && options.length) {
    event.preventDefault();
    open(box);
    const from = box.active < 0 && steps[event.key] < 0 ? 0 : box.active;
    activate(box, (from + steps[event.key] + options.length) % options.length);
  } else if (event.key === "Enter" && options.length) {
    event.preventDefault();
    follow(box, options[Math.max(box.active, 0)].href);
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (isOpen(box)) close(box);
    else {
      box.input.value = "";
      clear(box);
    }
  }
};

const activate = (box, place) => {
  box.active = place;
  [...box.list.querySelectorAll("a")].forEach((anchor, index) => {
    anchor.setAttribute("aria-selected", String(index === place));
    if (index === place) anchor.scrollIntoView({ block: "nearest" });
  });
  box.input.setAttribute("aria-activedescendant", `hit-${place}`);
};

const open = (box) => {
  if (!isOpen(box)) box.panel.showPopover();
  box.input.setAttribute("aria-expanded", "true");
  place(box);
};

const close = (box) => {
  if (isOpen(box)) box.panel.hidePopover();
  box.input.setAttribute("aria-expanded", "false");
  box.input.removeAttribute("aria-activedescendant");
  box.active = -1;
};

/* Below the input, at least as wide as names need, within the window. */
const place = (box) => {
  const at = box.input.getBoundingClientRect();
  const wide = Math.min(Math.max(at.width, 420), innerWidth - 16);
  box.panel.style.width = `${wide}px`;
  box.panel.style.left = `${Math.max(8, Math.min(at.left, innerWidth - wide - 8))}px`;
  box.panel.style.top = `${at.bottom + 4}px`;
  box.panel.style.maxHeight = `${Math.max(160, innerHeight - at.bottom - 24)}px`;
};
