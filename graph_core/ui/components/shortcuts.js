/* Hears keys while nobody writes into a field. A key is told with what was shown when it was pressed, and no other key
   is heard until something else is shown: what nobody has seen is never decided by a key that came late. */

const WRITES = "input, textarea, select, [contenteditable=true], [role=combobox], [role=listbox], [role=dialog]";

export default function shortcuts({ data, setTriggerValue }) {
  let told = false;
  const hear = (event) => {
    if (told || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.composedPath().some((element) => element.matches?.(WRITES))) return;
    if (!data.keys.includes(event.key)) return;
    event.preventDefault();
    told = true;
    setTriggerValue("pressed", { key: event.key, shown: data.shown });
    setTimeout(() => (told = false), 1500);
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}
