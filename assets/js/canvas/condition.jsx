// A condition of a step: the builder of segments, with the same rule as code one click away.

import { useContext, useEffect, useRef, useState } from "react";
import { incomplete, showFault } from "../builder/draw.js";
import { ruleEditor } from "../builder/editor.js";
import { pathsOf } from "../builder/tree.js";
import { Form, Icon, pathText, useField } from "./fields.jsx";
import { canonical } from "./model.js";

const FIRST = { orders: "count", at_least: 1 };

export function Condition({ path, label, optional, hint }) {
  const { now, put: write, fault } = useField(path);
  return (
    <fieldset className="form-row" data-field={pathText(path)}>
      <legend className="form-label">{label}{optional && <span className="quiet"> (optional)</span>}</legend>
      {now === undefined
        ? <button type="button" className="btn btn-sm" onClick={() => write(FIRST)}><Icon name="plus" />Condition</button>
        : <Builder path={path} />}
      {now !== undefined && optional && <button type="button" className="btn btn-sm mt-2" onClick={() => write(undefined)}><Icon name="x" />No condition</button>}
      {fault && <span className="error-text" role="alert">{fault}</span>}
      {hint && <span className="hint">{hint}</span>}
    </fieldset>
  );
}

function Builder({ path }) {
  const { now, put: write, faults, at } = useField(path);
  const { choices, currency, choose } = useContext(Form);
  const box = useRef(null);
  const editor = useRef(null);
  const latest = useRef(write);
  latest.current = write;
  const [said, setSaid] = useState("");
  useEffect(() => {
    const one = ruleEditor(box.current, {
      rule: structuredClone(now), facts: { choices, currency }, choose,
      say: (words) => setSaid(words),
      changed: () => { incomplete(box.current); latest.current(structuredClone(one.rule())); },
    });
    editor.current = one;
    one.draw();
  }, []);
  // Undo, or the YAML, made it another rule than the cards show.
  useEffect(() => {
    const one = editor.current;
    if (canonical(one.rule()) !== canonical(now)) one.begin(structuredClone(now ?? FIRST));
  }, [now]);
  const inner = faults.find((one) => one.field === at && one.inner);
  useEffect(() => {
    showFault(box.current, pathsOf(editor.current.root), inner?.inner ?? "", inner?.words ?? "");
  }, [inner?.inner, inner?.words, now]);
  return <><div className="b-canvas" ref={box} /><span className="visually-hidden" role="status">{said}</span></>;
}
