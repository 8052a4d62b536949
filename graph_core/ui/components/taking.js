import { html, svg } from "./lib.js";

/* Taking a view elsewhere: its address, and its picture as SVG or PNG on a ground of its own, with lines below it that
   say what it shows. A picture is whatever the container of the key holds: an SVG, or a canvas. Where the page holds none
   it is drawn when somebody asks for it, and comes with the next run. */

const SCALE = 2;
const MARGIN = 14;
const LINE = 16;
const FONT = "11px Inter, 'Noto Sans', Arial, sans-serif";

export default function taking({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tt");
  const said = html("span", { role: "status", class: "muted" });
  const say = (words) => said.replaceChildren(words);
  const button = (label, work) => {
    const made = html("button", { type: "button", class: "plain" }, label);
    made.addEventListener("click", () => work(data).then(say, (fault) => say(String(fault.message ?? fault))));
    return made;
  };
  const buttons = [button("Link to this view", copyLink)];
  if (data.picture) buttons.push(button("Picture as PNG", savePng), button("Picture as SVG", saveSvg));
  const ask = async () => {
    root.waits = true;
    setTriggerValue("wanted", true);
    return "Drawing.";
  };
  if (data.drawn) buttons.push(button("Picture as PNG", ask));
  root.replaceChildren(...buttons, said);

  if (!data.drawing || !root.waits) return;
  root.waits = false;
  saveDrawing(data).then(say, (fault) => say(String(fault.message ?? fault)));
}

/* What is as usual stands in no address; a link says it, so that it shows the same tomorrow. */
const copyLink = async ({ held }) => {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(held ?? {})) {
    if (!url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  await copy(url.href);
  return "The link is copied.";
};

/* Pages that do not come from this machine or over TLS have no clipboard; there a selection can still be copied. */
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = html("textarea", { "aria-hidden": "true", style: "position:fixed;opacity:0" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("This browser lets no page copy: take the address from its address bar.");
  }
};

const holder = ({ picture }) => {
  const found = document.querySelector(`.st-key-${CSS.escape(picture)}`);
  const drawing = found && deep(found, "svg:not(.mark), canvas");
  if (!drawing) throw new Error("There is no picture here yet.");
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

const PAINTED = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity"],
  ...["font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline", "paint-order", "visibility"],
];

/* A copy that needs no style sheet: colours come from the theme as it is, patterns from where the drawing has them. */
const standalone = (drawing) => {
  const { width, height } = drawing.getBoundingClientRect();
  const copied = drawing.cloneNode(true);
  paintAs(copied, drawing);
  for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN, width, height, overflow: "visible" })) {
    copied.setAttribute(name, value);
  }
  copied.removeAttribute("style");
  const pattern = drawing.getRootNode().querySelector("pattern#hatch");
  if (pattern && !drawing.contains(pattern)) {
    const own = pattern.cloneNode(true);
    paintAs(own, pattern);
    copied.prepend(svg("defs", {}, own));
  }
  return { drawn: copied, width, height };
};

const paintAs = (copied, drawing) => {
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  [copied, ...copied.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(originals[index]);
    for (const name of PAINTED) element.style.setProperty(name, style.getPropertyValue(name));
  });
};

/* Points of a canvas as an image. */
const points = (canvas) => {
  const { width, height } = canvas.getBoundingClientRect();
  const drawn = svg("image", { href: canvas.toDataURL("image/png"), x: MARGIN, y: MARGIN, width, height });
  return { drawn, width, height };
};

const isCanvas = (drawing) => drawing.tagName.toLowerCase() === "canvas";

/* The picture on a ground of its own, with its lines below it. */
const framed = (data, drawing) => {
  const { drawn, width, height } = isCanvas(drawing) ? points(drawing) : standalone(drawing);
  const theme = getComputedStyle(document.querySelector(".stApp"));
  const lines = wrapped(data.caption, width);
  const size = { width: width + 2 * MARGIN, height: height + 2 * MARGIN + (lines.length ? LINE * lines.length + 6 : 0) };
  const style = `fill:${theme.color};fill-opacity:.75;font:${FONT}`;
  const words = lines.map((line, index) =>
    svg("text", { x: MARGIN, y: height + 2 * MARGIN + LINE * (index + 0.6), style }, line),
  );
  const ground = svg("rect", { ...size, style: `fill:${theme.backgroundColor}` });
  const { width: w, height: h } = size;
  const whole = svg("svg", { ...size, viewBox: `0 0 ${w} ${h}`, role: "img" }, svg("title", {}, data.caption), ground);
  whole.append(drawn, ...words);
  return { text: new XMLSerializer().serializeToString(whole) };
};

const wrapped = (text, width) => {
  if (!text) return [];
  const pen = html("canvas").getContext("2d");
  pen.font = FONT;
  return text.split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
    return lines;
  }, []);
};

const saveSvg = async (data) => {
  const drawing = holder(data);
  if (isCanvas(drawing)) throw new Error("This picture is made of points: take it as PNG.");
  save(new Blob([framed(data, drawing).text], { type: "image/svg+xml" }), `${data.name}.svg`);
  return "Saved.";
};

const savePng = async (data) => saveAsPoints(framed(data, holder(data)).text, data.name);

const saveDrawing = async ({ drawing, name }) => saveAsPoints(drawing, name);

const saveAsPoints = async (text, name) => {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = html("canvas", { width: width * SCALE, height: height * SCALE });
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.drawImage(image, 0, 0, width, height);
  save(await new Promise((resolve) => canvas.toBlob(resolve, "image/png")), `${name}.png`);
  return "Saved.";
};

const save = (blob, name) => {
  const address = URL.createObjectURL(blob);
  const anchor = html("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
