// The rule as a tree of cards: groups (all, any, none) with nodes, and leaves that hold their JSON or their code.
// `rule_of(tree_of(rule))` is the rule again: what no input can show is kept as code.

import { kindOf } from "./kinds.js";

export const CODE = "(code)";
let last = 0;
const fresh = (node) => ({ id: `n${++last}`, ...node });
const isObject = (given) => given !== null && typeof given === "object" && !Array.isArray(given);

export const group = (how, nodes = []) => fresh({ how, nodes });
export const leaf = (rule, kind = kindOf(rule)) => fresh(kind ? { kind, rule } : { code: spelled(rule) });
export const code = (text) => fresh({ code: text });
export const isGroup = (node) => Boolean(node.nodes);

// The root is always a group. One condition alone stands in a group that is not written down: `bare`.
export function treeOf(rule) {
  const node = nodeOf(rule);
  return isGroup(node) ? node : { ...group("all", [node]), bare: true };
}

function nodeOf(rule) {
  const keys = isObject(rule) ? Object.keys(rule) : [];
  if (keys.length === 1) {
    const said = rule[keys[0]];
    if ((keys[0] === "all" || keys[0] === "any") && Array.isArray(said)) return group(keys[0], said.map(nodeOf));
    if (keys[0] === "not" && isObject(said)) return group("none", several(said) ? said.any.map(nodeOf) : [nodeOf(said)]);
    if (keys[0] === CODE) return code(String(said));
  }
  return leaf(isObject(rule) ? structuredClone(rule) : rule);
}

const several = (said) => Object.keys(said).length === 1 && Array.isArray(said.any) && said.any.length > 1;

function spelled(rule) {
  return typeof rule === "string" ? rule : JSON.stringify(rule, null, 2) ?? "";
}

export function ruleOf(node) {
  if (!isGroup(node)) return node.kind ? node.rule : codeOf(node.code);
  if (node.bare && node.how === "all" && node.nodes.length === 1) return ruleOf(node.nodes[0]);
  const rules = node.nodes.map(ruleOf);
  if (node.how !== "none") return { [node.how]: rules };
  return { not: rules.length === 1 ? rules[0] : { any: rules } };
}

// What a code condition says goes as text: YAML is the server's to read. JSON is put in its place at once.
function codeOf(text) {
  try {
    const said = JSON.parse(text);
    if (isObject(said)) return said;
  } catch {
    // not JSON: the server tries YAML, and says what is wrong with it
  }
  return { [CODE]: text };
}

// Where each node stands in the rule, as the server's messages name it.
export function pathsOf(root) {
  const found = new Map();
  const walk = (node, path) => {
    found.set(node.id, path);
    if (!isGroup(node)) return;
    const here = path ? `${path}.` : "";
    const alone = node.nodes.length === 1;
    node.nodes.forEach((child, place) => {
      if (node.bare && node.how === "all" && alone) walk(child, path);
      else if (node.how === "none") walk(child, alone ? `${here}not` : `${here}not.any[${place}]`);
      else walk(child, `${here}${node.how}[${place}]`);
    });
  };
  walk(root, "");
  return found;
}

export function find(root, id, parent = null) {
  if (root.id === id) return { node: root, parent, place: parent ? parent.nodes.indexOf(root) : -1 };
  for (const child of root.nodes ?? []) {
    const found = find(child, id, root);
    if (found) return found;
  }
  return null;
}

export const holds = (node, id) => Boolean(find(node, id));

export function copy(node) {
  if (isGroup(node)) return fresh({ how: node.how, nodes: node.nodes.map(copy) });
  return fresh(node.kind ? { kind: node.kind, rule: structuredClone(node.rule) } : { code: node.code });
}

export function take(root, id) {
  const { node, parent, place } = find(root, id);
  parent.nodes.splice(place, 1);
  return node;
}

// Put a node at a place of a group; `place` counts as things stand before it is taken from where it was.
export function move(root, id, into, place) {
  const from = find(root, id);
  const target = find(root, into);
  if (!from?.parent || !target || holds(from.node, into)) return false;
  const shift = from.parent === target.node && from.place < place ? 1 : 0;
  from.parent.nodes.splice(from.place, 1);
  target.node.nodes.splice(place - shift, 0, from.node);
  return true;
}

// The moves of the keyboard. Each says what it did, or nothing where there is no such move.
export const MOVES = {
  up(root, id) {
    const { parent, place } = find(root, id);
    return place > 0 && move(root, id, parent.id, place - 1) ? "Moved up." : "";
  },
  down(root, id) {
    const { parent, place } = find(root, id);
    return place < parent.nodes.length - 1 && move(root, id, parent.id, place + 2) ? "Moved down." : "";
  },
  into(root, id) {
    const { parent, place } = find(root, id);
    const above = parent.nodes[place - 1];
    const below = parent.nodes[place + 1];
    if (above && isGroup(above)) return move(root, id, above.id, above.nodes.length) ? "Moved into the group above." : "";
    if (below && isGroup(below)) return move(root, id, below.id, 0) ? "Moved into the group below." : "";
    return "";
  },
  out(root, id) {
    const { parent } = find(root, id);
    const over = find(root, parent.id);
    return over.parent && move(root, id, over.parent.id, over.place + 1) ? "Moved out of the group." : "";
  },
};

export function wrap(root, id, how) {
  const { node, parent, place } = find(root, id);
  const around = group(how, [node]);
  parent.nodes.splice(place, 1, around);
  return around;
}
