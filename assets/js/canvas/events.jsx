// An event with what must hold of its properties.

import { useContext } from "react";
import { Check, Form, Icon, Text, meant, pathText, useField } from "./fields.jsx";
import { runKey } from "./model.js";

const OPERATORS = { is: "is", is_not: "is not", in: "is one of", contains: "contains", starts: "begins with", greater: "is greater than", less: "is less than", at_least: "is at least", at_most: "is at most", set: "is there" };
const operatorOf = (test) => Object.keys(OPERATORS).find((one) => test?.[one] !== undefined) ?? "is";

// `path` leads to the object that has the fields `event`, `where` and `same_key`.
export function EventFields({ path = [], label = "Event", withKey = false }) {
  const { now } = useField([...path, "event"]);
  const form = useContext(Form);
  const key = runKey(form.journey);
  return (
    <>
      <Text keep path={[...path, "event"]} label={label} suggest={{ kind: "events" }} placeholder="Order Completed" />
      <Tests path={[...path, "where"]} event={now} />
      {withKey && key !== "customer" && <Check path={[...path, "same_key"]} label={`Only about the same ${key}`} />}
    </>
  );
}

export function Tests({ path, event, label = "Only where" }) {
  const { now, put: write, fault } = useField(path);
  const tests = Array.isArray(now) ? now : [];
  const leave = (place) => write(tests.length > 1 ? tests.filter((_, index) => index !== place) : undefined);
  return (
    <fieldset className="form-row" data-field={pathText(path)}>
      <legend className="form-label">{label}</legend>
      {tests.map((test, place) => <Test key={place} path={[...path, place]} test={test} event={event} number={place + 1} leave={() => leave(place)} />)}
      {fault && <span className="error-text" role="alert">{fault}</span>}
      <button type="button" className="btn btn-sm" onClick={() => write([...tests, { property: "", is: "" }])}><Icon name="plus" />Property</button>
    </fieldset>
  );
}

function Test({ path, test, event, number, leave }) {
  const { put: write } = useField(path);
  const operator = operatorOf(test);
  const operand = test?.[operator];
  const to = (next, value) => write({ property: test?.property ?? "", [next]: value });
  const choose = (next) => to(next, next === "set" ? true : next === "in" ? [] : typeof operand === "boolean" || Array.isArray(operand) ? "" : operand);
  const typed = (text) => to(operator, operator === "in" ? text.split(",").map((one) => one.trim()) : ["greater", "less", "at_least", "at_most"].includes(operator) || text === "true" || text === "false" ? meant(text) : text);
  return (
    <div className="j-test">
      <Text path={[...path, "property"]} label={`Property ${number}`} suggest={event ? { kind: "properties", event } : undefined} />
      <div className="form-row"><label className="form-label">Compared<select className="form-select" value={operator} onChange={(change) => choose(change.target.value)}>
        {Object.entries(OPERATORS).map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </select></label></div>
      <div className="form-row"><label className="form-label">With
        {operator === "set"
          ? <select className="form-select" value={String(operand)} onChange={(change) => to("set", change.target.value === "true")}><option value="true">yes</option><option value="false">no</option></select>
          : <input className="form-control" value={Array.isArray(operand) ? operand.join(", ") : String(operand ?? "")} onChange={(change) => typed(change.target.value)} />}
      </label></div>
      <button type="button" className="b-icon" aria-label={`Remove property ${number}`} onClick={leave}><Icon name="x" /></button>
    </div>
  );
}

