/* Completes the address of a page by what is shown, so that it can be shared as it is seen. The entry in the history is
   replaced: Back still goes where the reader came from.

   The page's own choice (`always`) is looked at again and again while the page is shown: Streamlit writes the address
   too, whenever a choice changes, and no event tells of that. The top bar (`once`) is completed once, as the page is
   opened: where the last page was left before the browser had drawn the bar, Streamlit takes its controls for gone and
   drops them from the address, though they hold what they held. */

const INTERVAL = 300;
let completed = "";

export default function address({ data }) {
  const page = location.pathname;
  const complete = (held) => {
    const url = new URL(location.href);
    const missing = Object.entries(held).filter(([name]) => !url.searchParams.has(name));
    if (!missing.length || url.pathname !== page) return;
    for (const [name, values] of missing) for (const value of values) url.searchParams.append(name, value);
    history.replaceState(history.state, "", url);
  };
  if (data.opened !== completed) {
    completed = data.opened;
    complete(data.once);
  }
  complete(data.always);
  const timer = setInterval(complete, INTERVAL, data.always);
  return () => clearInterval(timer);
}
