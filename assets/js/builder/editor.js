// A rule as cards that one edits: adding, moving, wrapping, removing, and taking a removal back.

import { dragging } from "./drag.js";
import { drawTree } from "./draw.js";
import { tidy } from "./suggestions.js";
import { MOVES, code, copy, find, group, holds, leaf, move, ruleOf, take, treeOf, wrap } from "./tree.js";

// `choose(then)` asks for a kind of condition; `say` tells what was done; `changed` hears of every change.
export function ruleEditor(box, { rule, facts, choose, say, changed }) {
  let root = treeOf(rule);
  let taken = null;

  const acts = {
    changed,
    redraw: (focus) => { draw(focus); changed(); },
    how(id, how) { find(root, id).node.how = how; acts.redraw(); },
    choose(id) {
      choose((kind) => {
        const node = kind.id === "code" ? code("") : leaf(kind.start(facts.choices), kind);
        find(root, id).node.nodes.push(node);
        acts.redraw();
        box.querySelector(`[data-card="${node.id}"]`).querySelector(".b-body :is(input, select, textarea)")?.focus();
      });
    },
    addGroup(id) {
      const parent = find(root, id).node;
      const node = group(parent.how === "any" ? "all" : "any");
      parent.nodes.push(node);
      acts.redraw(`${node.id}:add`);
    },
    move(id, way, focus) {
      const said = MOVES[way](root, id);
      say(said || "There is nowhere to move it.");
      if (said) acts.redraw(focus);
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
      say("Duplicated.");
      acts.redraw(`${twin.id}:menu`);
    },
    remove(id) {
      const { parent, place } = find(root, id);
      taken = { node: take(root, id), parent: parent.id, place };
      say("Removed.", { canUndo: true });
      acts.redraw(`${parent.id}:add`);
    },
  };
  dragging(box, {
    allowed: (id, list) => !holds(find(root, id).node, list),
    drop: (id, list, place) => {
      if (move(root, id, list, place)) { say("Moved."); acts.redraw(`${id}:handle`); }
    },
  });

  // Enter in an input of a condition does not send the form.
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });

  function draw(focus) {
    const wanted = focus ?? document.activeElement?.dataset?.focus;
    box.replaceChildren(drawTree(root, acts, facts));
    tidy();
    if (wanted) box.querySelector(`[data-focus="${CSS.escape(wanted)}"]`)?.focus();
  }

  return {
    get root() { return root; },
    rule: () => ruleOf(root),
    draw,
    begin(again) { root = treeOf(again); draw(); },
    undo() {
      const parent = taken && find(root, taken.parent);
      if (!parent) return;
      parent.node.nodes.splice(taken.place, 0, taken.node);
      say("It is back.");
      acts.redraw(`${taken.node.id}:menu`);
      taken = null;
    },
  };
}
