// The tree as cards and rows.

import { icon, iconButton, make } from "./dom.js";
import { Sentence } from "./sentence.js";
import { find, isGroup } from "./tree.js";

const HOW = { all: "All of these hold", any: "At least one of these holds", none: "None of these holds" };
const TELL = { all: "all of", any: "at least one of", none: "none of" };

// `acts`: what buttons do. Every element that belongs to a node carries its id.
export function drawTree(root, acts, facts) {
  return drawGroup(root, root, acts, facts, 0);
}

function drawGroup(node, root, acts, facts, depth) {
  const how = make("select", { class: "form-select b-how", "aria-label": "How these hang together", "data-focus": `${node.id}:how`, onchange: () => acts.how(node.id, how.value) });
  for (const [value, text] of Object.entries(HOW)) how.append(make("option", { value, text }));
  how.value = node.how;
  const head = make("div", { class: "b-head" }, depth ? handle(node, root, acts) : null, how, depth ? menu(node, root, acts) : null);
  const list = make("ul", { class: "b-list", "data-list": node.id });
  node.nodes.forEach((child) => {
    const inner = isGroup(child) ? drawGroup(child, root, acts, facts, depth + 1) : drawRow(child, root, acts, facts);
    list.append(make("li", { "data-node": child.id, "data-joins": TELL[node.how] }, inner));
  });
  if (!node.nodes.length) list.append(depth || !facts.ready ? make("li", { class: "b-empty quiet", text: "Nothing yet. Add a condition, or drag one here." }) : drawBeginning(node, acts, facts));
  const foot = make("div", { class: "b-foot" },
    make("button", { type: "button", class: "btn btn-sm", "data-focus": `${node.id}:add`, onclick: () => acts.choose(node.id) }, icon("plus"), "Condition"),
    make("button", { type: "button", class: "btn btn-sm", "data-focus": `${node.id}:add-group`, onclick: () => acts.addGroup(node.id) }, icon("plus"), "Group"));
  return make("div", { class: `b-group b-${node.how}`, role: "group", "aria-label": HOW[node.how], "data-card": node.id }, head, fault(), hint(), list, foot);
}

// Where nothing is chosen yet: what a condition is, and what one can begin from.
function drawBeginning(node, acts, facts) {
  const ready = facts.ready.map((one) =>
    make("button", { type: "button", class: "menu-item b-ready", "data-ready": one.slug, onclick: () => acts.beginWith(one) }, make("b", { text: one.name }), make("span", { class: "quiet small", text: one.reading.split(". ")[0].replace(/\.$/, "") })));
  return make("li", { class: "b-empty b-beginning" },
    make("h3", { text: "Whom do you mean?" }),
    make("p", { class: "quiet", text: "Choose what is true of them: what they bought, what they did, what they agreed to, who they are. Each condition reads as a sentence, and beside it stands how many customers meet it now." }),
    make("button", { type: "button", class: "btn btn-primary", "data-focus": `${node.id}:begin`, onclick: () => acts.choose(node.id) }, icon("plus"), "Choose a condition"),
    ready.length ? make("details", { class: "fold", open: !matchMedia("(max-width: 575.98px)").matches }, make("summary", { text: `Or begin with a ready segment (${ready.length})` }), make("div", { class: "b-readies" }, ...ready)) : null);
}

function drawRow(node, root, acts, facts) {
  const body = make("div", { class: "b-sentence" });
  const row = make("div", { class: "b-row", role: "group", "aria-label": node.kind?.label ?? "Condition as code", "data-card": node.id }, handle(node, root, acts), make("div", { class: "b-body" }, body, fault(), hint()), menu(node, root, acts));
  if (node.kind) {
    const line = make("div", { class: "b-line" }, mark(node.kind.icon));
    body.append(line);
    const sentence = new Sentence({ key: node.id, at: line, changed: acts.changed, redraw: acts.redraw, choices: facts.choices });
    node.kind.draw(sentence, node.rule, facts);
  } else {
    const text = make("textarea", { class: "form-control code b-code", rows: Math.min(12, node.code.split("\n").length + 1), spellcheck: "false", "aria-label": "Condition as code", "data-focus": `${node.id}:code`, "data-path": "", "data-needed": "yes", oninput: () => { node.code = text.value; acts.changed(); } });
    text.value = node.code;
    body.append(make("div", { class: "b-line" }, mark("code"), make("span", { class: "b-word", text: "As code (YAML or JSON)" })), text);
  }
  return row;
}

const mark = (symbol) => make("span", { class: "b-mark" }, icon(symbol));
const fault = () => make("p", { class: "error-text b-fault", hidden: true });
const hint = () => make("p", { class: "small tone-held b-hint", hidden: true });

// Drag it, or move it with the arrow keys.
function handle(node, root, acts) {
  const button = make("button", {
    type: "button", class: "b-icon b-handle", draggable: "true", "data-drag": node.id, "data-focus": `${node.id}:handle`,
    "aria-label": "Move: drag, or use the arrow keys", title: "Drag, or move with the arrow keys: left is out of the group, right is into one",
  }, icon("grip-vertical"));
  button.addEventListener("keydown", (event) => {
    const way = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "into", ArrowLeft: "out" }[event.key];
    if (!way) return;
    event.preventDefault();
    acts.move(node.id, way, `${node.id}:handle`);
  });
  return button;
}

function menu(node, root, acts) {
  const { parent, place } = find(root, node.id);
  const beside = [parent.nodes[place - 1], parent.nodes[place + 1]].some((one) => one && isGroup(one));
  const entry = (symbol, label, press, there = true) =>
    make("button", { type: "button", class: "menu-item", disabled: !there, onclick: (event) => { event.currentTarget.closest("details").removeAttribute("open"); press(); } }, icon(symbol), label);
  const moving = (way) => () => acts.move(node.id, way, `${node.id}:menu`);
  return make("details", { "data-menu": true, class: "b-menu" },
    make("summary", { class: "b-icon", "aria-label": "What to do with it", title: "What to do with it", "data-focus": `${node.id}:menu` }, icon("dots")),
    make("div", { class: "menu" },
      entry("arrow-up", "Move up", moving("up"), place > 0),
      entry("arrow-down", "Move down", moving("down"), place < parent.nodes.length - 1),
      entry("arrow-right", "Move into the group beside it", moving("into"), beside),
      entry("arrow-left", "Move out of the group", moving("out"), parent !== root),
      entry("subtask", "Put into a new group", () => acts.wrap(node.id, "any")),
      ...(isGroup(node) ? [] : [entry("ban", "Say the opposite", () => acts.wrap(node.id, "none"))]),
      ...(node.kind ? [entry("code", "Write it as code", () => acts.toCode(node.id))] : []),
      entry("copy", "Duplicate", () => acts.duplicate(node.id)),
      entry("trash", "Remove", () => acts.remove(node.id))));
}

// Say at its condition what is wrong, and mark the input where the path leads to one, or else the first of it.
// A fault of the whole rule stands at its outermost group; of a single condition that is no group, at that.
export function showFault(box, paths, path, words) {
  clearFault(box);
  if (!words) return false;
  const { card, at } = cardAt(box, paths, path);
  if (!card) return false;
  const inner = path.slice(at.length).replace(/^\./, "");
  const inputs = card.matches(".b-row") ? [...card.querySelectorAll("[data-path]")].filter((one) => "value" in one && one.dataset.path && (inner === one.dataset.path || inner.startsWith(one.dataset.path) || (inner && one.dataset.path.startsWith(`${inner}.`)))) : [];
  markWrong(card, words, inputs.at(-1) ?? card.querySelector(".b-body :is(select, input, textarea), .b-how"));
  return true;
}

// Say at their conditions what is strange about the names in them; nothing of it keeps a rule from being saved.
export function showHints(box, paths, hints) {
  for (const place of box.querySelectorAll(".b-hint:not([hidden])")) { place.hidden = true; place.textContent = ""; }
  for (const { path, hint: words } of hints) {
    const place = cardAt(box, paths, path).card?.querySelector(".b-hint");
    if (!place) continue;
    place.textContent = `${place.textContent} ${words}`.trim();
    place.hidden = false;
  }
}

// The card to which a path leads, and its own path.
function cardAt(box, paths, path) {
  let best = null;
  for (const [id, at] of paths) {
    const fits = at === "" || path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`);
    if (fits && (!best || at.length >= best.at.length)) best = { id, at };
  }
  return { card: best && box.querySelector(`[data-card="${best.id}"]`), at: best?.at ?? "" };
}

// The same for places that are still empty, once somebody wanted to save. The first of them is given back.
export function showEmpty(box) {
  clearFault(box);
  const empty = [...box.querySelectorAll("[data-needed=yes]")].filter((one) => one.value === "");
  for (const input of empty) markWrong(input.closest(".b-row"), "This is still empty: fill it in, or remove the condition.", input);
  return empty[0] ?? box.querySelector(".b-empty button") ?? box.querySelector(".b-empty")?.closest(".b-group").querySelector(":scope > .b-foot button");
}

function markWrong(card, words, input) {
  const place = card.querySelector(".b-fault");
  place.textContent = words;
  place.id = `fault-${card.dataset.card}`;
  place.hidden = false;
  card.classList.add("b-wrong");
  card.setAttribute("aria-describedby", place.id);
  if (!input) return;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", place.id);
  input.classList.add("is-invalid");
}

function clearFault(box) {
  for (const place of box.querySelectorAll(".b-fault:not([hidden])")) place.hidden = true;
  for (const card of box.querySelectorAll(".b-wrong")) {
    card.classList.remove("b-wrong");
    card.removeAttribute("aria-describedby");
  }
  for (const input of box.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    input.classList.remove("is-invalid");
  }
}

// How many conditions still miss something, with a quiet mark on each.
export function incomplete(box) {
  let count = 0;
  for (const row of box.querySelectorAll(".b-row")) {
    const lacks = [...row.querySelectorAll("[data-needed=yes]")].some((one) => one.value === "");
    row.classList.toggle("b-lacks", lacks);
    count += lacks ? 1 : 0;
  }
  return count + box.querySelectorAll(".b-empty").length;
}
