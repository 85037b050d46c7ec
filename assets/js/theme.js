// Light, dark, or as the machine has it. The page's first lines apply the choice before anything is drawn.

const words = { auto: "As the system", light: "Light", dark: "Dark" };

export function chosen() {
  return {
    theme: localStorage.getItem("theme") || "auto",
    get label() {
      return words[this.theme];
    },
    next() {
      const order = Object.keys(words);
      this.theme = order[(order.indexOf(this.theme) + 1) % order.length];
      localStorage.setItem("theme", this.theme);
      const dark = this.theme === "dark" || (this.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
      document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
      window.dispatchEvent(new CustomEvent("theme-change"));
    },
  };
}
