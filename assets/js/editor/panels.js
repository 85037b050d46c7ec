// The panels of the visual editor: short names, and a keyboard for what GrapesJS draws for the mouse alone.

// GrapesJS would draw icons from a font of another host. Words stand there instead, so they are short.
export const NAMES = { en: { panels: { buttons: { titles: {
  "open-sm": "Style", "open-tm": "Settings", "open-layers": "Layers", "open-blocks": "Blocks",
  "sw-visibility": "Outlines", preview: "Preview", fullscreen: "Full", "export-template": "Code",
} } } } };

const TITLES = ".gjs-sm-sector-title, .gjs-block-category > .gjs-title, .gjs-trait-category > .gjs-title";
const PRESSED = ".gjs-pn-btn, " + TITLES;

export function reachable(box) {
  box.addEventListener("keydown", (event) => {
    if ((event.key !== "Enter" && event.key !== " ") || !event.target.matches(PRESSED)) return;
    event.preventDefault();
    event.target.click();
  });
  const told = () => {
    for (const drawn of box.querySelectorAll(PRESSED)) tell(drawn);
  };
  // A class says what is pressed and what is open, and titles are drawn anew for each chosen element.
  new MutationObserver(told).observe(box.querySelector(".gjs-pn-panels"), { subtree: true, childList: true, attributes: true, attributeFilter: ["class", "title"] });
  told();
}

function tell(drawn) {
  const tab = drawn.matches(".gjs-pn-btn");
  if (tab && !drawn.title) return; // a place that holds nothing
  drawn.setAttribute("role", "button");
  drawn.tabIndex = 0;
  if (tab) {
    drawn.setAttribute("aria-label", drawn.title);
    drawn.setAttribute("aria-pressed", String(drawn.classList.contains("gjs-pn-active")));
  } else {
    drawn.setAttribute("aria-expanded", String(drawn.parentElement.matches(".gjs-sm-open, .gjs-open")));
  }
}
