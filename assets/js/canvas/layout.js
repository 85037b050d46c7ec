// Where steps stand: from the entry downwards, in layers.

import { Graph, layout } from "@dagrejs/dagre";
import { ENTRY, edgesOf, stepsOf } from "./model.js";

export const WIDE = 224;
export const HIGH = 68;

export function places(journey) {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, ranksep: 56, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = [ENTRY, ...Object.keys(stepsOf(journey))];
  for (const name of names) graph.setNode(name, { width: WIDE, height: HIGH });
  for (const edge of edgesOf(journey)) {
    if (graph.hasNode(edge.to)) graph.setEdge(edge.from, edge.to, { width: edge.label.length * 6, height: 14, labelpos: "c" }, edge.way);
  }
  layout(graph);
  return Object.fromEntries(names.map((name) => [name, { x: graph.node(name).x - WIDE / 2, y: graph.node(name).y - HIGH / 2 }]));
}
