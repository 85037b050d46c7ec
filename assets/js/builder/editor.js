// A rule as cards that one edits: adding, moving, wrapping, removing, and taking any of it back.

import { dragging } from "./drag.js";
import { drawTree } from "./draw.js";
import { tidy } from "./suggestions.js";
import { MOVES, code, copy, find, group, holds, leaf, move, ruleOf, take, treeOf, wrap } from "./tree.js";

const TYPING = 1000; // milliseconds: what is typed in one go is taken back in one go

// `choose(then)` asks for a kind of condition; `say` tells what was done; `changed` hears of every change; `taken` of a
// ready segment that one begins with.
export function ruleEditor(box, { rule, facts, choose, say, changed, taken }) {
  let root = treeOf(rule);
  let now = JSON.stringify(ruleOf(root));
  let past = [];
  let typedAt = 0;

  // Every change goes through here: the rule as it was before is what undo goes back to.
  function noted({ typing }) {
    const before = now;
    now = JSON.stringify(ruleOf(root));
    if (now !== before && !(typing && Date.now() - typedAt < TYPING)) past.push(before);
    typedAt = typing ? Date.now() : 0;
    changed();
  }

  function undo() {
    if (!past.length) return;
    now = past.pop();
    root = treeOf(JSON.parse(now));
    draw();
    say("It is as it was before.", { canUndo: past.length > 0 });
    changed();
    box.querySelector("button, input, select")?.focus();
  }

  const acts = {
    changed: () => noted({ typing: true }),
    redraw: (focus) => { draw(focus); noted({ typing: false }); },
    how(id, how) { find(root, id).node.how = how; acts.redraw(); },
    choose(id) {
      choose((kind) => {
        const node = kind.id === "code" ? code("") : leaf(kind.start(facts.choices), kind);
        find(root, id).node.nodes.push(node);
        acts.redraw();
        const card = box.querySelector(`[data-card="${node.id}"]`);
        (card.querySelector(".b-body :is(input, select, textarea)") ?? card.querySelector("summary")).focus();
      });
    },
    beginWith(ready) {
      root = treeOf(ready.rule);
      taken(ready);
      acts.redraw(`${root.id}:how`);
      say(`Begun with “${ready.name}”. Change what should be yours, then save it.`, { canUndo: true });
    },
    addGroup(id) {
      const parent = find(root, id).node;
      const node = group(parent.how === "any" ? "all" : "any");
      parent.nodes.push(node);
      acts.redraw(`${node.id}:add`);
    },
    move(id, way, focus) {
      const said = MOVES[way](root, id);
      if (said) acts.redraw(focus);
      say(said || "There is nowhere to move it.", { canUndo: past.length > 0 });
    },
    wrap(id, how) { const around = wrap(root, id, how); acts.redraw(`${around.id}:how`); },
    toCode(id) {
      const { node } = find(root, id);
      node.code = JSON.stringify(node.rule, null, 2);
      node.kind = node.rule = undefined;
      acts.redraw(`${id}:code`);
    },
    duplicate(id) {
      const { node, parent, place } = find(root, id);
      const twin = copy(node);
      parent.nodes.splice(place + 1, 0, twin);
      acts.redraw(`${twin.id}:menu`);
      say("Duplicated.", { canUndo: true });
    },
    remove(id) {
      const { parent } = find(root, id);
      take(root, id);
      acts.redraw(`${parent.id}:add`);
      say("Removed.", { canUndo: true });
    },
  };
  dragging(box, {
    allowed: (id, list) => !holds(find(root, id).node, list),
    drop: (id, list, place) => {
      if (move(root, id, list, place)) { acts.redraw(`${id}:handle`); say("Moved.", { canUndo: true }); }
    },
  });

  // Enter in an input of a condition does not send the form.
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
    // In an input the browser takes back what was typed there.
    const back = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.target.matches("input, textarea");
    if (back) { event.preventDefault(); event.stopPropagation(); undo(); }
  });

  function draw(focus) {
    const wanted = focus ?? document.activeElement?.dataset?.focus;
    box.replaceChildren(drawTree(root, acts, facts));
    tidy();
    if (wanted) box.querySelector(`[data-focus="${CSS.escape(wanted)}"]`)?.focus();
  }

  return {
    get root() { return root; },
    get empty() { return !root.nodes.length; },
    rule: () => ruleOf(root),
    draw,
    begin(again) { root = treeOf(again); now = JSON.stringify(ruleOf(root)); past = []; draw(); },
    undo,
  };
}
