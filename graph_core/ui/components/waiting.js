import { html } from "./lib.js";

/* Asks Python for the next piece of long work, once it can be seen; each piece that comes asks for the one after. */

export default function waiting({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".tt");
  const { words, done, of } = data;
  const bar = html("progress", { max: Math.max(of, 1), "aria-label": words });
  if (done) bar.value = done;
  root.replaceChildren(html("span", { role: "status" }, words), bar);
  const watcher = new IntersectionObserver(
    (entries) => entries.some(({ isIntersecting }) => isIntersecting) && setTriggerValue("seen", `${done}/${of}`),
    { rootMargin: "200px" },
  );
  watcher.observe(root);
  return () => watcher.disconnect();
}
