// The whole editor: canvas, forms, YAML, undo, drafts, saving.

import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Adding } from "./adding.jsx";
import { forget, keep, kept } from "./draft.js";
import { Form, Icon } from "./fields.jsx";
import { Canvas, List } from "./graph.jsx";
import { useHistory } from "./history.js";
import { ENTRY, addStep, canonical, connect, ofEntry, removeStep, renameStep, setStep, stepsOf } from "./model.js";
import { Panel } from "./panel.jsx";
import { Yaml } from "./yaml.jsx";
import { useArranging, useChecked, useNarrow, useSaving } from "./server.js";

function begin(given) {
  const draft = kept(given.slug);
  const usable = draft?.journey && draft.version === given.version && canonical(draft.journey) !== canonical(given.journey);
  return usable ? { journey: draft.journey, moved: draft.moved ?? {}, at: draft.at } : { journey: given.journey, moved: given.places, at: null };
}

const renamed = (moved, name, wanted) => Object.fromEntries(Object.entries(moved).map(([one, at]) => [one === name ? wanted : one, at]));
const placeOf = (fault) => fault.step || (ofEntry(fault) ? ENTRY : null);

export function Editor({ given, choose }) {
  const start = useMemo(() => begin(given), [given]);
  const history = useHistory({ journey: start.journey, moved: start.moved });
  const { journey, moved } = history.now;
  const [selected, select] = useState(null);
  const [asked, ask] = useState(null);
  const [tab, setTab] = useState("canvas");
  const [told, tell] = useState("");
  const [restored, setRestored] = useState(start.at);
  const [tidied, setTidied] = useState(0);
  const narrow = useNarrow();
  const checked = useChecked(given, journey);
  const dirty = canonical(journey) !== canonical(given.journey);
  const saving = useSaving(given, dirty);
  useArranging(given, moved);
  const root = useRef(null);
  const wish = useRef(null); // what to focus once it is drawn

  useEffect(() => {
    if (dirty) keep(given.slug, journey, moved, given.version);
    else forget(given.slug);
  }, [journey, moved, dirty]);
  useEffect(() => {
    wish.current?.();
    wish.current = null;
  });
  const field = (where) => root.current.querySelector(`#j-panel [data-${where}] :is(input, select, textarea, button)`)?.focus();

  const change = useCallback((make, tag) => history.change((now) => ({ ...now, journey: make(now.journey) }), tag), [history.change]);
  const acts = useMemo(() => ({
    tidied,
    select,
    step: (name, make, tag) => change((now) => setStep(now, name, make(stepsOf(now)[name])), tag),
    journey: (make, tag) => change(make, tag),
    connect: (from, way, to) => { change((now) => connect(now, from, way, to)); tell(to ? `${from} now goes to ${to}.` : "The way is taken out."); },
    remove: (name) => { change((now) => removeStep(now, name)); select(null); tell(`${name} is deleted. Undo brings it back.`); },
    rename: (name, wanted) => { history.change((now) => ({ journey: renameStep(now.journey, name, wanted), moved: renamed(now.moved, name, wanted) })); select(wanted); },
    place: (name, at) => history.change((now) => ({ ...now, moved: { ...now.moved, [name]: { x: Math.round(at.x), y: Math.round(at.y) } } })),
    ask: (from, way) => ask({ from, way }),
    open: (name, where = "fields") => { wish.current = () => field(where); select(name); },
    leave: (name) => root.current.querySelector(`.react-flow__node[data-id="${CSS.escape(name)}"]`)?.focus(),
  }), [change, history.change, tidied]);

  const add = (kind, from, way) => {
    const made = addStep(journey, kind, from, way);
    change(() => made.journey);
    ask(null);
    tell(`${made.name} is added.`);
    acts.open(made.name);
  };
  // Wherever the focus is: a button that was pressed may be gone. Code that is typed has an undo of its own.
  useEffect(() => {
    const pressed = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.closest?.("textarea.code, dialog")) return;
      event.preventDefault();
      (event.shiftKey ? history.redo : history.undo)();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [history.undo, history.redo]);
  const discard = () => { history.change(() => ({ journey: given.journey, moved: given.places })); setRestored(null); tell("Back at the saved version."); };
  const tidy = () => { history.change((now) => ({ ...now, moved: {} })); setTidied((was) => was + 1); };
  const form = useMemo(() => ({ choices: given.choices, currency: given.currency, sprite: given.sprite, choose, journey, faults: [], value: journey, set: acts.journey }), [given, choose, journey, acts]);
  const here = selected && (selected === ENTRY || selected in stepsOf(journey)) ? selected : null;

  return (
    <Form.Provider value={form}>
      <div ref={root}>
        {restored && dirty && <div className="note held" role="status"><Icon name="history" /><div>What you had not saved on {new Date(restored).toLocaleString()} is here again. <button type="button" className="b-more-link" onClick={discard}>Begin again from the saved version</button></div></div>}
        {saving.fault && <div className="note failed" role="alert"><Icon name="alert-triangle" /><div>{saving.fault}</div></div>}
        <div className="j-bar" role="toolbar" aria-label="Editing">
          <div className="b-tabs" role="tablist" aria-label="Write it with">
            <button type="button" className="chip" role="tab" aria-selected={tab === "canvas"} onClick={() => setTab("canvas")}>Canvas</button>
            <button type="button" className="chip" role="tab" aria-selected={tab === "yaml"} onClick={() => setTab("yaml")}>YAML</button></div>
          <button type="button" className="btn btn-sm" onClick={() => ask({ from: here ?? ENTRY })}><Icon name="plus" />Add a step</button>
          <button type="button" className="btn btn-sm" disabled={!history.canUndo} onClick={history.undo} aria-keyshortcuts="Control+Z"><Icon name="arrow-back-up" />Undo</button>
          <button type="button" className="btn btn-sm" disabled={!history.canRedo} onClick={history.redo} aria-keyshortcuts="Control+Shift+Z"><Icon name="arrow-forward-up" />Redo</button>
          {!narrow && <button type="button" className="btn btn-sm" onClick={tidy}><Icon name="subtask" />Tidy up</button>}
          <span className="j-state">{checked.faults.length ? <button type="button" className="b-more-link tone-failed" onClick={() => select(placeOf(checked.faults[0]))}><Icon name="alert-triangle" /> {checked.faults.length} to mend</button> : <span className="tone-sent"><Icon name="circle-check" /> {checked.waiting ? "Looking…" : "Can be saved"}</span>}{dirty ? <span className="quiet"> · not saved</span> : null}</span>
          <button type="button" className="btn btn-primary" disabled={saving.busy} onClick={() => saving.save(journey, moved)}>Save{given.version ? ` as version ${given.version + 1}` : ""}</button>
        </div>
        <p className="visually-hidden" role="status">{told}</p>
        {checked.notes.length > 0 && <div className="note held"><Icon name="alert-triangle" /><ul className="plain m-0">{checked.notes.map((one) => <li key={one}>{one}</li>)}</ul></div>}
        {tab === "yaml"
          ? <Yaml given={given} journey={journey} take={(made) => change(() => made)} />
          : <div className="j-cols">
              <div className="card j-board">{narrow ? <List journey={journey} faults={checked.faults} selected={here} select={acts.open} /> : <ReactFlowProvider><Canvas journey={journey} moved={moved} faults={checked.faults} selected={here} select={select} acts={acts} /></ReactFlowProvider>}
                {!narrow && <p className="card-foot m-0">Tab to a step; arrow keys walk from step to step, <kbd>Enter</kbd> opens its form and <kbd>Esc</kbd> returns, <kbd>A</kbd> adds a step after it, <kbd>C</kbd> connects, <kbd>Del</kbd> deletes.</p>}</div>
              <Panel journey={journey} selected={here} faults={checked.faults} acts={acts} isNew={!given.slug} />
            </div>}
        <Adding asked={asked} journey={journey} add={add} close={() => ask(null)} />
      </div>
    </Form.Provider>
  );
}
