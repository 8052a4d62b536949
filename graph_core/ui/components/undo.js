/* One entry in the history for each change of a control whose value stands in the address, so that Back undoes it.
   Streamlit replaces the entry instead, and neither an option nor an event tells of it. Its call is known by the whole
   address of this page that it writes as text; after Back it writes a path alone, and that stays a replacement. A
   browser test watches both. A control tells of a change once it is made: a text by Enter, a day by closing the
   calendar. */

export default function undo() {
  if (history.undoes) return;
  history.undoes = true;
  const { replaceState } = history;
  history.replaceState = function (state, unused, address) {
    return (ofControl(address) ? history.pushState : replaceState).call(history, state, unused, address);
  };
}

const ofControl = (address) => {
  if (typeof address !== "string" || !address.startsWith(location.origin)) return false;
  const { pathname, search } = new URL(address);
  return pathname === location.pathname && search !== location.search;
};
