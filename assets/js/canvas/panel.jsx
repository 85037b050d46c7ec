// The form beside the canvas: of the step that is chosen, of the entry, or of the journey.

import { useContext, useEffect, useMemo, useState } from "react";
import { Form, Icon } from "./fields.jsx";
import { EntryForm, JourneyForm } from "./journey.jsx";
import { ENTRY, edgesOf, ofEntry, stepsOf, waysOf } from "./model.js";
import { StepForm } from "./steps.jsx";
import { look } from "./words.js";

export function Panel({ journey, selected, faults, acts, isNew }) {
  const form = useContext(Form);
  const step = selected && selected !== ENTRY ? stepsOf(journey)[selected] : null;
  const own = faults.filter((one) => (step ? one.step === selected : one.step === "" && (selected === ENTRY) === ofEntry(one)));
  const around = useMemo(() => ({
    ...form, journey, faults: own,
    value: step ?? journey,
    set: (make, tag) => (step ? acts.step(selected, make, `${selected}.${tag}`) : acts.journey((was) => (isNew ? named(was, make(was)) : make(was)), tag)),
  }), [form, journey, selected, step, faults, acts, isNew]);
  const back = (event) => { if (event.key === "Escape" && selected) { event.preventDefault(); acts.leave(selected); } };
  const title = step ? look(selected, step, form.choices).label : selected === ENTRY ? "Who enters" : "The journey";
  return (
    <Form.Provider value={around}>
      <section className="card j-panel" id="j-panel" onKeyDown={back} aria-label={title}>
        <div className="card-head"><h2>{title}</h2>{selected && <button type="button" className="btn btn-sm" onClick={() => acts.select(null)}><Icon name="settings" />The journey</button>}</div>
        <div className="card-body" key={selected ?? ""}>
          {own.length > 0 && <div className="note failed" data-faults><Icon name="alert-triangle" /><ul className="plain m-0">{own.map((one) => <li key={`${one.field} ${one.words}`}>{one.told}</li>)}</ul></div>}
          <div data-fields>{step ? <StepForm step={step} /> : selected === ENTRY ? <EntryForm /> : <JourneyForm isNew={isNew} />}</div>
          {selected && <Ways name={selected} journey={journey} acts={acts} />}
          {step && <Name key={selected} name={selected} journey={journey} acts={acts} />}
        </div>
      </section>
    </Form.Provider>
  );
}

// The short name of a new journey follows its name until it is written by hand.
const shortName = (name) => String(name ?? "").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
const named = (was, now) => (now.name !== was.name && (was.slug ?? "") === shortName(was.name) ? { ...now, slug: shortName(now.name) } : now);

function Ways({ name, journey, acts }) {
  const { choices } = useContext(Form);
  const ways = name === ENTRY ? [{ id: "start", label: "", target: journey.start }] : waysOf(stepsOf(journey)[name]);
  if (!ways.length) return null;
  return (
    <fieldset className="j-part" data-ways><legend>Where it goes on</legend>
      {ways.map((way) => (
        <div className="form-row j-way" key={way.id}>
          <label className="form-label">{way.label ? `When ${way.label.trim()}` : name === ENTRY ? "First step" : "Next step"}
            <select className="form-select" value={way.target ?? ""} onChange={(event) => acts.connect(name, way.id, event.target.value || undefined)}>
              <option value="">{way.id === "missing" ? "as on the day" : "nowhere yet"}</option>
              {way.target !== undefined && !(way.target in stepsOf(journey)) && <option value={way.target}>{way.target} (is no step)</option>}
              {Object.entries(stepsOf(journey)).filter(([one]) => one !== name).map(([one, step]) => <option key={one} value={one}>{one} · {look(one, step, choices).title}</option>)}
            </select></label>
          <button type="button" className="btn btn-sm" onClick={() => acts.ask(name, way.id)}><Icon name="plus" />New step{way.label ? ` when ${way.label.trim()}` : " here"}</button>
        </div>
      ))}
    </fieldset>
  );
}

function Name({ name, journey, acts }) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  const taken = text !== name && text in stepsOf(journey);
  const keep = () => { if (text.trim() && text !== name && !taken) acts.rename(name, text.trim()); else setText(name); };
  const comes = edgesOf(journey).filter((edge) => edge.to === name).length;
  return (
    <div className="j-foot">
      <div className="form-row"><label className="form-label">Name of the step
        <input className={`form-control${taken ? " is-invalid" : ""}`} value={text} onChange={(event) => setText(event.target.value)} onBlur={keep} onKeyDown={(event) => { if (event.key === "Enter") keep(); }} /></label>
        {taken ? <span className="error-text" role="alert">Another step has this name.</span> : <span className="hint">Counts and running customers know the step by it: those who stand at a renamed step have to be moved by hand.</span>}</div>
      <button type="button" className="btn btn-sm" onClick={() => acts.remove(name)}><Icon name="trash" />Delete this step{comes ? "" : " (nothing leads to it)"}</button>
    </div>
  );
}
