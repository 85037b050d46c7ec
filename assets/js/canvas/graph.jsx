// The drawing: steps that can be dragged, ways that can be drawn, and keys for all of it.

import { Background, Controls, Handle, MarkerType, Position, ReactFlow, useReactFlow, useUpdateNodeInternals } from "@xyflow/react";
import { memo, useContext, useEffect, useMemo, useRef, useState } from "react";
import { Form, Icon } from "./fields.jsx";
import { HIGH, WIDE, places } from "./layout.js";
import { ENTRY, edgesOf, ofEntry, stepsOf, waysOf } from "./model.js";
import { entryWords, look } from "./words.js";

const SIZE = { width: WIDE, height: HIGH };

const Step = memo(function Step({ id, data }) {
  const refresh = useUpdateNodeInternals();
  const ids = data.ways.map((way) => way.id).join();
  useEffect(() => refresh(id), [id, ids, refresh]);
  return (
    <div className={`j-step j-${data.kind}${data.faults.length ? " j-wrong" : ""}`}>
      {id !== ENTRY && <Handle type="target" position={Position.Top} />}
      <span className="j-icon"><Icon name={data.faults.length ? "alert-triangle" : data.icon} /></span>
      <span className="j-said"><b>{data.title}</b><span>{data.faults[0] ?? data.detail}</span></span>
      {data.ways.map((way, place) => <Handle key={way.id} id={way.id} type="source" position={Position.Bottom} style={{ left: `${((place + 1) * 100) / (data.ways.length + 1)}%` }} title={way.label || "next"} />)}
    </div>
  );
});
const TYPES = { step: Step };

export function dataOf(journey, name, choices, faults) {
  const own = faults.filter((one) => (name === ENTRY ? ofEntry(one) : one.step === name)).map((one) => one.words);
  if (name === ENTRY) {
    const [title, detail] = entryWords(journey.entry);
    return { kind: "entry", icon: "door-enter", label: "Entry", title, detail, faults: own, ways: [{ id: "start", label: "", target: journey.start }] };
  }
  const step = stepsOf(journey)[name];
  return { ...look(name, step, choices), faults: own, ways: waysOf(step) };
}

const spoken = (name, data) => {
  const ways = data.ways.map((way) => `${way.label ? `${way.label}: ` : ""}goes to ${way.target ?? "nowhere yet"}`).join(", ");
  return [`${data.label}: ${data.title}`, name === ENTRY ? "" : name, data.detail, ways, ...data.faults.map((one) => `To mend: ${one}`)].filter(Boolean).join(". ");
};

export function Canvas({ journey, moved, faults, selected, select, acts }) {
  const { choices } = useContext(Form);
  const flow = useReactFlow();
  const box = useRef(null);
  const [dragged, setDragged] = useState({});
  const [edge, setEdge] = useState(null);
  const shape = JSON.stringify([Object.keys(stepsOf(journey)), edgesOf(journey)]);
  const laid = useMemo(() => places(journey), [shape]);
  const nodes = useMemo(() => [ENTRY, ...Object.keys(stepsOf(journey))].map((name) => {
    const data = dataOf(journey, name, choices, faults);
    return { id: name, type: "step", position: dragged[name] ?? moved[name] ?? laid[name], data, selected: name === selected, ariaLabel: spoken(name, data), ariaRole: "button", ...SIZE, measured: SIZE };
  }), [journey, laid, moved, dragged, faults, selected, choices]);
  const edges = useMemo(() => edgesOf(journey).filter((one) => one.to in stepsOf(journey)).map((one) => {
    const id = `${one.from} ${one.way}`;
    return { id, source: one.from, sourceHandle: one.way, target: one.to, label: one.label || undefined, selected: id === edge, markerEnd: { type: MarkerType.ArrowClosed } };
  }), [journey, edge]);
  // Begin at the entry, large enough to read; the rest is a scroll away.
  const home = () => {
    const { width, height } = box.current.getBoundingClientRect();
    const [left, right, low] = [Math.min(...nodes.map((one) => one.position.x)), Math.max(...nodes.map((one) => one.position.x)) + WIDE, Math.max(...nodes.map((one) => one.position.y)) + HIGH];
    const zoom = Math.min(1, Math.max(0.75, Math.min(width / (right - left + 48), height / (low + 48))));
    flow.setViewport({ x: (width - (right + left) * zoom) / 2, y: 20, zoom });
  };
  useEffect(home, [flow, acts.tidied]);

  const focus = (name) => box.current.querySelector(`.react-flow__node[data-id="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  const go = (name) => {
    if (!name || !(name === ENTRY || name in stepsOf(journey))) return;
    select(name);
    focus(name);
    const at = nodes.find((node) => node.id === name).position;
    flow.setCenter(at.x + WIDE / 2, at.y + HIGH / 2, { zoom: flow.getZoom() });
  };
  const beside = (name, by) => {
    const here = nodes.find((node) => node.id === name).position;
    const row = nodes.filter((node) => Math.abs(node.position.y - here.y) < HIGH).sort((a, b) => a.position.x - b.position.x);
    return row[row.findIndex((node) => node.id === name) + by]?.id;
  };
  const remove = (name) => {
    if (edge) {
      const { source, sourceHandle } = edges.find((one) => one.id === edge) ?? {};
      if (source) acts.connect(source, sourceHandle, undefined);
      setEdge(null);
    } else if (name && name !== ENTRY) {
      const before = edgesOf(journey).find((one) => one.to === name)?.from ?? ENTRY;
      acts.remove(name);
      go(before);
    }
  };

  function pressed(event) {
    const name = event.target.closest(".react-flow__node")?.dataset.id ?? null;
    const keys = {
      Delete: () => remove(name ?? selected),
      Backspace: () => remove(name ?? selected),
      ...(name && {
        ArrowDown: () => go(dataOf(journey, name, choices, []).ways.find((way) => way.target)?.target),
        ArrowUp: () => go(edgesOf(journey).find((one) => one.to === name)?.from),
        ArrowLeft: () => go(beside(name, -1)),
        ArrowRight: () => go(beside(name, 1)),
        Enter: () => acts.open(name),
        " ": () => acts.open(name),
        a: () => acts.ask(name),
        c: () => acts.open(name, "ways"),
      }),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return (
    <div className="j-canvas" ref={box} tabIndex={-1} onKeyDown={pressed} role="group" aria-label="The steps. Arrow keys walk, Enter opens, A adds a step, C connects, Delete removes.">
      <ReactFlow
        nodes={nodes} edges={edges} nodeTypes={TYPES} minZoom={0.2} maxZoom={1.5} deleteKeyCode={null} disableKeyboardA11y
        edgesFocusable={false} nodesFocusable onInit={home} panOnScroll
        onNodesChange={(changes) => {
          for (const one of changes) if (one.type === "position" && one.dragging && one.position) setDragged((was) => ({ ...was, [one.id]: one.position }));
        }}
        onNodeDragStop={(_event, node) => { setDragged({}); acts.place(node.id, node.position); }}
        onNodeClick={(_event, node) => { setEdge(null); select(node.id); }}
        onEdgeClick={(_event, one) => { select(null); setEdge(one.id); box.current.focus(); }}
        onPaneClick={() => { setEdge(null); select(null); }}
        onConnect={({ source, sourceHandle, target }) => acts.connect(source, sourceHandle, target)}
        onConnectEnd={(_event, state) => { if (state.fromNode && state.fromHandle?.type === "source" && !state.toNode) acts.ask(state.fromNode.id, state.fromHandle.id); }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} fitViewOptions={{ maxZoom: 1, padding: 0.12 }} />
      </ReactFlow>
    </div>
  );
}

// On a phone: the same as a list.
export function List({ journey, faults, selected, select }) {
  const { choices } = useContext(Form);
  return (
    <ol className="j-list">
      {[ENTRY, ...Object.keys(stepsOf(journey))].map((name) => {
        const data = dataOf(journey, name, choices, faults);
        return (
          <li key={name}><button type="button" className={`j-step j-${data.kind}${data.faults.length ? " j-wrong" : ""}`} aria-current={name === selected || undefined} onClick={() => select(name)}>
            <span className="j-icon"><Icon name={data.faults.length ? "alert-triangle" : data.icon} /></span>
            <span className="j-said"><b>{data.title}</b><span>{data.faults[0] ?? data.ways.map((way) => `${way.label || "then"} → ${way.target ?? "nowhere"}`).join(", ")}</span></span>
          </button></li>
        );
      })}
    </ol>
  );
}
