// The dialog in which one chooses what a new condition is about.

import { icon, make } from "./dom.js";
import { ALL_KINDS } from "./kinds.js";

export function chooser(dialog) {
  const list = dialog.querySelector("[data-kinds]");
  const search = dialog.querySelector("input");
  let taken = () => {};
  const buttons = new Map();
  const kinds = [...ALL_KINDS, { id: "code", about: "As code", label: "A condition in YAML or JSON", icon: "code", words: "code yaml json" }];
  for (const about of new Set(kinds.map((kind) => kind.about))) {
    const part = make("section", {}, make("h3", { text: about }));
    for (const kind of kinds.filter((one) => one.about === about)) {
      const press = () => { dialog.close(); taken(kind); };
      const button = make("button", { type: "button", class: "menu-item", onclick: press }, icon(kind.icon), kind.label);
      buttons.set(button, `${kind.label} ${kind.words} ${about}`.toLowerCase());
      part.append(button);
    }
    list.append(part);
  }
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const [button, words] of buttons) button.hidden = !words.includes(wanted);
    for (const part of list.children) part.hidden = ![...part.querySelectorAll("button")].some((button) => !button.hidden);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    [...buttons.keys()].find((button) => !button.hidden)?.click();
  });
  return (then) => {
    taken = then;
    search.value = "";
    search.dispatchEvent(new Event("input"));
    dialog.showModal();
    search.focus();
  };
}
