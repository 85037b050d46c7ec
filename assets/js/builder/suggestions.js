// Words that really occur, offered below an input while one types: a list of the browser's own (datalist).

import { make } from "./dom.js";

let address = "";
let shelf = null;
let lists = 0;
const known = new Map();

export function useSuggestions(url, at) {
  address = url;
  shelf = at;
}

// `about()` says what is wanted when the input is entered: {kind, event, property, attribute}.
export function offer(input, about) {
  const list = make("datalist", { id: `words-${++lists}` });
  input.setAttribute("list", list.id);
  let waiting;
  const fill = async () => {
    const asked = about();
    const text = asked.kind === "property_values" || asked.kind === "attribute_values" ? input.value : "";
    const options = await words({ ...asked, text });
    if (!input.isConnected) return;
    if (!list.isConnected) shelf.append(list);
    list.replaceChildren(...options.map((option) => make("option", { value: option.value, label: described(option) })));
  };
  input.addEventListener("focus", fill);
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(fill, 200);
  });
}

// Lists whose inputs are gone go too.
export function tidy() {
  for (const list of [...shelf.children]) {
    if (!document.querySelector(`input[list="${list.id}"]`)) list.remove();
  }
}

function described({ label, count }) {
  if (label) return label;
  return count === null || count === undefined ? undefined : `${count.toLocaleString("en")} in 30 days`;
}

async function words(asked) {
  const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value)).toString();
  if (!known.has(query)) known.set(query, fetched(query));
  return known.get(query);
}

async function fetched(query) {
  try {
    const answer = await fetch(`${address}?${query}`);
    if (!answer.ok || answer.redirected) return [];
    return (await answer.json()).options;
  } catch {
    return []; // without suggestions one can still type
  }
}
