// What the head of a message gives to the elements of its body. The visual editor gets the body alone and draws each
// element by itself, so it must be told.

import { forMarkup } from "./liquid.js";

const HEAD = /<mj-head\b[^>]*>([\s\S]*?)<\/mj-head>/;
const COMMENT = /<!--[\s\S]*?-->/g;
const GIVEN = /<mj-attributes\b[^>]*>([\s\S]*?)<\/mj-attributes>/g;
const EMPTY = /<mj-attributes\b[^>]*\/>/g;
const UNSEEN = new Set(["mj-title", "mj-preview"]); // they draw nothing in the message either

// `all`, `tags` and `classes` are attributes; `undrawn` the elements of the head that have no effect on the canvas.
export function headOf(source) {
  const inner = (HEAD.exec(source)?.[1] ?? "").replace(COMMENT, "");
  const head = { all: {}, tags: {}, classes: {}, undrawn: [] };
  for (const [, block] of inner.matchAll(GIVEN)) if (!take(head, block)) head.undrawn.push("mj-attributes");
  const rest = inner.replace(GIVEN, "").replace(EMPTY, "");
  for (const [, tag] of rest.matchAll(/<(mj-[\w-]+)/g)) if (!UNSEEN.has(tag)) head.undrawn.push(tag);
  head.undrawn = [...new Set(head.undrawn)];
  return head;
}

// Whether the block could be read.
function take(head, block) {
  const read = new DOMParser().parseFromString(`<mj-attributes>${forMarkup(block)}</mj-attributes>`, "text/xml");
  if (read.querySelector("parsererror")) return false;
  for (const element of read.documentElement.children) {
    const { name, ...given } = Object.fromEntries([...element.attributes].map((one) => [one.name, one.value]));
    const tag = element.tagName;
    if (tag === "mj-all") Object.assign(head.all, { ...(name && { name }), ...given });
    else if (tag === "mj-class") head.classes[name] = { ...head.classes[name], ...given };
    else head.tags[tag] = { ...head.tags[tag], ...(name && { name }), ...given };
  }
  return true;
}

// What an element gets that does not say otherwise itself, as mrml has it, which makes the message: of several classes
// the first counts (MJML's own program takes the last), and <mj-body> gets nothing by its name.
export function givenTo(head, tag, classes = "") {
  const named = classes.split(/\s+/).reverse().map((name) => head.classes[name]);
  return Object.assign({}, head.all, tag === "mj-body" ? {} : head.tags[tag], ...named);
}
