import { html } from "./lib.js";

/* Taking a view elsewhere: its address, and its picture as SVG or PNG with a line below it that says what it shows. A
   picture is whatever the container of the key holds: an SVG, or a canvas. */

const SCALE = 2;
const MARGIN = 12;
const LINE = 18;

export default function taking({ data, parentElement }) {
  const root = parentElement.querySelector(".tt");
  const said = html("span", { role: "status", class: "muted" });
  const say = (words) => said.replaceChildren(words);
  const button = (label, work) => {
    const made = html("button", { type: "button", class: "plain" }, label);
    made.addEventListener("click", () => work().then(say, (fault) => say(String(fault.message ?? fault))));
    return made;
  };
  const buttons = [button("Link to this view", copyLink)];
  if (data.picture) {
    buttons.push(button("Picture as PNG", () => savePng(data)), button("Picture as SVG", () => saveSvg(data)));
  }
  root.replaceChildren(...buttons, said);
}

const copyLink = async () => {
  await navigator.clipboard.writeText(location.href);
  return "The link is copied.";
};

const holder = ({ picture }) => {
  const found = document.querySelector(`.st-key-${CSS.escape(picture)}`);
  const drawing = found && deep(found, "svg:not(.mark), canvas");
  if (!drawing) throw new Error("There is no picture on this page yet.");
  return drawing;
};

/* Components live in shadow roots of their own. */
const deep = (root, selector) => {
  const here = [...root.querySelectorAll(selector)].find((one) => one.getBoundingClientRect().width > 100);
  if (here) return here;
  for (const element of root.querySelectorAll("*")) {
    const found = element.shadowRoot && deep(element.shadowRoot, selector);
    if (found) return found;
  }
  return null;
};

const PAINTED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-weight"];

/* A copy that needs no style sheet: colours come from the theme as it is. */
const standalone = (drawing) => {
  const { width, height } = drawing.getBoundingClientRect();
  const copy = drawing.cloneNode(true);
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const name of PAINTED) element.style.setProperty(name, style.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  return { copy, width, height };
};

const saveSvg = async (data) => {
  const drawing = holder(data);
  if (drawing.tagName.toLowerCase() === "canvas") throw new Error("This picture is made of points: take it as PNG.");
  const { copy } = standalone(drawing);
  save(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }), `${data.name}.svg`);
  return "Saved.";
};

const savePng = async (data) => {
  const drawing = holder(data);
  const { image, width, height } = await raster(drawing);
  const canvas = html("canvas", { width: (width + 2 * MARGIN) * SCALE, height: (height + 2 * MARGIN + LINE) * SCALE });
  const context = canvas.getContext("2d");
  const style = getComputedStyle(document.querySelector(".stApp"));
  context.scale(SCALE, SCALE);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, MARGIN, MARGIN, width, height);
  context.fillStyle = style.color;
  context.font = "12px Inter, Arial, sans-serif";
  context.fillText(data.caption, MARGIN, height + MARGIN + LINE, width);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  save(blob, `${data.name}.png`);
  return "Saved.";
};

const raster = async (drawing) => {
  if (drawing.tagName.toLowerCase() === "canvas") {
    const { width, height } = drawing.getBoundingClientRect();
    return { image: drawing, width, height };
  }
  const { copy, width, height } = standalone(drawing);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return { image, width, height };
};

const save = (blob, name) => {
  const address = URL.createObjectURL(blob);
  const anchor = html("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
