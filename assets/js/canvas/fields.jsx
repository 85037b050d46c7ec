// The controls of the forms beside the canvas. Each has its label, its hint, and what is wrong with it.

import { createContext, useContext, useEffect, useId, useRef, useState } from "react";
import { offer } from "../builder/suggestions.js";
import { canonical, dig, put } from "./model.js";

// What is being edited: {value, set(value, tag), faults: [{field, words}], choices, journey, readOnly}
export const Form = createContext(null);

export const pathText = (path) => path.reduce((text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${part}` : part), "");
const isAt = (field, at) => field === at || field.startsWith(`${at}.`) || field.startsWith(`${at}[`);

export function useField(path) {
  const form = useContext(Form);
  const at = pathText(path);
  return {
    ...form,
    at,
    now: dig(form.value, path),
    fault: form.faults.filter((one) => isAt(one.field, at)).map((one) => one.words).join(" "),
    put: (value) => form.set((was) => put(was, path, value), at),
  };
}

export function Icon({ name }) {
  const { sprite } = useContext(Form) ?? {};
  return <svg className="icon" aria-hidden="true"><use href={`${sprite}#${name}`} /></svg>;
}

// `keep`: the field stays even when it is empty, because it says what kind of thing this is.
// `children` gets what ties the control to its label and its fault.
export function Row({ path, label, hint, optional, children }) {
  const id = useId();
  const { fault, at } = useField(path);
  const notes = [fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="form-row" data-field={at}>
      <label className="form-label" htmlFor={id}>{label}{optional && <span className="quiet"> (optional)</span>}</label>
      {children({ id, "aria-describedby": notes, "aria-invalid": fault ? true : undefined, className: fault ? "is-invalid" : "" })}
      {fault && <span className="error-text" id={`${id}-fault`} role="alert">{fault}</span>}
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

export function Text({ path, long, type = "text", suggest, placeholder, keep, ...row }) {
  const { now, put: write } = useField(path);
  const input = useRef(null);
  const about = useRef(suggest);
  about.current = suggest;
  const offered = Boolean(suggest);
  useEffect(() => { if (offered) offer(input.current, () => about.current); }, [offered]);
  const Tag = long ? "textarea" : "input";
  return (
    <Row path={path} {...row}>
      {({ className, ...tied }) => (
        <Tag {...tied} ref={input} className={`form-control ${className}`} placeholder={placeholder} value={now ?? ""} autoComplete="off"
          {...(long ? { rows: 3 } : { type })} onChange={(event) => write(event.target.value === "" && !keep ? undefined : event.target.value)} />
      )}
    </Row>
  );
}

// `scale`: what the file's 1 is shown as (100 for shares in percent).
export function Numeral({ path, scale = 1, min, max, step = "any", ...row }) {
  const { now, put: write } = useField(path);
  const shown = typeof now === "number" ? Math.round(now * scale * 1000) / 1000 : (now ?? "");
  return (
    <Row path={path} {...row}>
      {({ className, ...tied }) => (
        <input {...tied} className={`form-control ${className}`} type="number" min={min} max={max} step={step} value={shown}
          onChange={(event) => write(Number.isNaN(event.target.valueAsNumber) ? undefined : Math.round((event.target.valueAsNumber / scale) * 1e6) / 1e6)} />
      )}
    </Row>
  );
}

export function Choice({ path, options, empty, keep, ...row }) {
  const { now, put: write } = useField(path);
  const unknown = Boolean(now) && !options.some((one) => one.value === now);
  return (
    <Row path={path} {...row}>
      {({ className, ...tied }) => (
        <select {...tied} className={`form-select ${className}`} value={now ?? ""} onChange={(event) => write(event.target.value || (keep ? "" : undefined))}>
          {empty !== undefined && <option value="">{empty}</option>}
          {unknown && <option value={now}>{String(now)} (not known)</option>}
          {options.map((one) => <option key={one.value} value={one.value}>{one.label || one.value}</option>)}
        </select>
      )}
    </Row>
  );
}

export function Check({ path, label, hint }) {
  const { now, put: write, fault } = useField(path);
  return (
    <div className="form-row">
      <label className="form-check"><input className="form-check-input" type="checkbox" checked={Boolean(now)} onChange={(event) => write(event.target.checked || undefined)} /> <span className="form-check-label">{label}</span></label>
      {fault && <span className="error-text" role="alert">{fault}</span>}
      {hint && <span className="hint">{hint}</span>}
    </div>
  );
}

// A list of words in one line, with commas. What is typed stays as typed until it means something else.
export function Words({ path, ...row }) {
  const { now, put: write } = useField(path);
  const read = (text) => text.split(",").map((one) => one.trim()).filter(Boolean);
  const [text, setText] = useState((now ?? []).join(", "));
  useEffect(() => { if (canonical(read(text)) !== canonical(now ?? [])) setText((now ?? []).join(", ")); }, [now]);
  return (
    <Row path={path} {...row}>
      {({ className, ...tied }) => (
        <input {...tied} className={`form-control ${className}`} value={text} onChange={(event) => {
          setText(event.target.value);
          const words = read(event.target.value);
          write(words.length ? words : undefined);
        }} />
      )}
    </Row>
  );
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

export function Weekdays({ path, label, hint }) {
  const { now, put: write, fault } = useField(path);
  const chosen = Array.isArray(now) ? now : [];
  const turn = (day) => {
    const next = DAYS.filter((one) => (one === day) !== chosen.includes(one));
    write(next.length ? next : undefined);
  };
  return (
    <fieldset className="form-row">
      <legend className="form-label">{label}</legend>
      <div className="chips-inline">{DAYS.map((day) => <button key={day} type="button" className="chip" aria-pressed={chosen.includes(day)} aria-label={day} onClick={() => turn(day)}>{day.slice(0, 2)}</button>)}</div>
      {fault && <span className="error-text" role="alert">{fault}</span>}
      {hint && <span className="hint">{hint}</span>}
    </fieldset>
  );
}

// Named values: attributes to set. Words that read as a number, true, false or null are kept as such.
export function Pairs({ path, label, hint }) {
  const { now, put: write, fault } = useField(path);
  const [rows, setRows] = useState(() => Object.entries(now ?? {}).map(([name, value]) => [name, spelled(value)]));
  const made = (given) => Object.fromEntries(given.filter(([name]) => name.trim()).map(([name, text]) => [name.trim(), meant(text)]));
  useEffect(() => { if (canonical(made(rows)) !== canonical(now ?? {})) setRows(Object.entries(now ?? {}).map(([name, value]) => [name, spelled(value)])); }, [now]);
  const change = (next) => { setRows(next); write(made(next)); };
  const at = (place, side, text) => change(rows.map((row, index) => (index === place ? row.map((one, part) => (part === side ? text : one)) : row)));
  return (
    <fieldset className="form-row">
      <legend className="form-label">{label}</legend>
      {rows.map(([name, text], place) => (
        <div className="j-pair" key={place}>
          <input className="form-control" aria-label={`Attribute ${place + 1}`} placeholder="attribute" value={name} onChange={(event) => at(place, 0, event.target.value)} />
          <input className="form-control" aria-label={`Value of ${name || `attribute ${place + 1}`}`} placeholder="value" value={text} onChange={(event) => at(place, 1, event.target.value)} />
          <button type="button" className="b-icon" aria-label={`Remove ${name || `attribute ${place + 1}`}`} onClick={() => change(rows.filter((_, index) => index !== place))}><Icon name="x" /></button>
        </div>
      ))}
      <button type="button" className="btn btn-sm" onClick={() => setRows([...rows, ["", ""]])}><Icon name="plus" />Attribute</button>
      {fault && <span className="error-text" role="alert">{fault}</span>}
      {hint && <span className="hint">{hint}</span>}
    </fieldset>
  );
}

const spelled = (value) => (typeof value === "string" ? value : JSON.stringify(value));

export function meant(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" ? text : value;
  } catch {
    return text;
  }
}

// What a webhook sends: JSON, kept as typed until it can be read.
export function Json({ path, ...row }) {
  const { now, put: write } = useField(path);
  const [text, setText] = useState(now === undefined ? "" : JSON.stringify(now, null, 2));
  const [broken, setBroken] = useState(false);
  const typed = (next) => {
    setText(next);
    try {
      write(next.trim() ? JSON.parse(next) : undefined);
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <Row path={path} {...row}>
      {({ className, ...tied }) => (
        <>
          <textarea {...tied} className={`form-control code ${broken ? "is-invalid" : className}`} rows={5} spellCheck={false} value={text} onChange={(event) => typed(event.target.value)} />
          {broken && <span className="error-text" role="alert">This is not JSON yet; what was readable last is kept.</span>}
        </>
      )}
    </Row>
  );
}
