// Keys that work everywhere: `/` to the search, Ctrl K to the palette, g and a letter to a screen, Esc out of a menu.

// The visual editor repeats what is typed into its frame on the frame itself.
const typing = (element) => element?.closest("input, textarea, select, iframe, [contenteditable]");

export function keyboard() {
  let leader = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      window.dispatchEvent(new CustomEvent("palette-open"));
      return;
    }
    if (event.key === "Escape") closeMenus();
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      focusSearch();
    } else if (event.key === "g") {
      leader = Date.now();
    } else if (Date.now() - leader < 1200) {
      leader = 0;
      document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    }
  });
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
}

function focusSearch() {
  const field = document.getElementById("search");
  if (field?.checkVisibility()) field.select();
  else window.dispatchEvent(new CustomEvent("palette-open"));
}
