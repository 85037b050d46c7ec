// A list of links fetched as one types, walked with the arrow keys. Palette and search share it.

export function choices(address, { first }) {
  let asked = 0;
  let waiting;
  return {
    at: -1,
    items(list) {
      return [...list.querySelectorAll("[role=option]")];
    },
    ask(text, list, { after = 120 } = {}) {
      clearTimeout(waiting);
      const turn = ++asked;
      waiting = setTimeout(async () => {
        const answer = await fetch(`${address}?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" } });
        if (turn !== asked || !answer.ok || answer.redirected) return;
        list.innerHTML = await answer.text();
        this.mark(list, first ? 0 : -1);
      }, after);
    },
    mark(list, index) {
      const items = this.items(list);
      this.at = items.length && index >= 0 ? index % items.length : -1;
      items.forEach((item, place) => item.setAttribute("aria-selected", String(place === this.at)));
      const input = list.parentElement.querySelector("input");
      if (this.at >= 0) {
        input?.setAttribute("aria-activedescendant", items[this.at].id);
        items[this.at].scrollIntoView({ block: "nearest" });
      } else {
        input?.removeAttribute("aria-activedescendant");
      }
    },
    key(event, list) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        const count = this.items(list).length;
        this.mark(list, this.at + step < 0 ? count - 1 : this.at + step);
      } else if (event.key === "Enter" && this.at >= 0) {
        event.preventDefault();
        this.items(list)[this.at].click();
      }
    },
  };
}
