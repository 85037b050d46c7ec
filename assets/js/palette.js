// Ctrl K: every screen, segment, journey and customer, a few letters away.

import { choices } from "./choices.js";

export function palette() {
  const list = choices("/palette", { first: true });
  return {
    open() {
      this.$refs.dialog.showModal();
      this.$refs.input.value = "";
      this.$refs.input.focus();
      list.ask("", this.$refs.list, { after: 0 });
    },
    typed() {
      list.ask(this.$refs.input.value, this.$refs.list);
    },
    pressed() {
      list.key(this.$event, this.$refs.list);
    },
  };
}
