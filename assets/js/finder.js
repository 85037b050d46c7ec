// The search in the top bar: suggestions while one types; Enter without a choice lets the server find the card.

import { choices } from "./choices.js";

export function finder() {
  const list = choices("/search/suggestions", { first: false });
  return {
    shown: false,
    typed() {
      const text = this.$refs.input.value.trim();
      this.shown = text.length > 1;
      if (this.shown) list.ask(text, this.$refs.list);
      list.at = -1;
    },
    pressed() {
      if (this.$event.key === "Escape") this.shown = false;
      else if (this.shown) list.key(this.$event, this.$refs.list);
    },
    left() {
      if (!this.$root.contains(this.$event.relatedTarget)) this.shown = false;
    },
  };
}
