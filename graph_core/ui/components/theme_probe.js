/* Tells Python which theme is shown, for the pictures whose colours are set there. */

export default function themeProbe({ data, parentElement, setStateValue }) {
  const report = () => {
    const shown = getComputedStyle(parentElement.querySelector(".probe")).color;
    const theme = shown === "rgb(2, 2, 2)" ? "dark" : "light";
    if (theme !== data.theme) setStateValue("theme", theme);
  };
  report();
}
