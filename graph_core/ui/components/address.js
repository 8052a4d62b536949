/* Completes the address of a page that was opened without its choice, so that it can be shared as it is seen. The entry
   in the history is replaced: Back still goes where the reader came from. Streamlit writes the address too, whenever a
   choice changes, and no event tells of that; so the address is looked at again and again while the page is shown. */

const INTERVAL = 300;

export default function address({ data }) {
  const page = location.pathname;
  const complete = () => {
    const url = new URL(location.href);
    const missing = Object.entries(data).filter(([name]) => !url.searchParams.has(name));
    if (!missing.length || url.pathname !== page) return;
    for (const [name, value] of missing) url.searchParams.set(name, value);
    history.replaceState(history.state, "", url);
  };
  complete();
  const timer = setInterval(complete, INTERVAL);
  return () => clearInterval(timer);
}
