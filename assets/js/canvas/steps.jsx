// One form for each kind of step.

import { useContext } from "react";
import { Condition } from "./condition.jsx";
import { EventFields, Tests } from "./events.jsx";
import { Choice, Form, Icon, Json, Numeral, Pairs, Text, Weekdays, Words, useField } from "./fields.jsx";
import { kindOf } from "./model.js";

const NOTHING = "…";

export function StepForm({ step }) {
  const Fields = FORMS[kindOf(step)];
  return Fields ? <Fields step={step} /> : <p className="error-text">This step has a type that is not known. Change it in the YAML, or delete it.</p>;
}

function Message({ step }) {
  const { choices, journey } = useContext(Form);
  const arms = useField(["arms"]);
  const test = () => arms.set((was) => {
    const { template, ...rest } = was;
    return { ...rest, arms: [{ name: "a", template: template || "", share: 0.5 }, { name: "b", template: "", share: 0.5 }], winner: { by: "margin", within_days: 14 } };
  });
  const alone = () => arms.set(({ arms: was, winner: _winner, ...rest }) => ({ ...rest, template: was[0]?.template ?? "" }));
  return (
    <>
      {step.arms
        ? <><Parts path={["arms"]} noun="Text" most={5} fresh={(place) => ({ name: "abcde"[place], template: "", share: 0 })} fields={(path) => <Choice path={[...path, "template"]} label="Text" options={choices.templates} empty={NOTHING} />} />
          <Winner step={step} /><button type="button" className="btn btn-sm mb-3" onClick={alone}><Icon name="x" />Send one text only</button></>
        : <><Choice path={["template"]} label="Text" options={choices.templates} empty={NOTHING} /><button type="button" className="btn btn-sm mb-3" onClick={test}><Icon name="test-pipe" />Test several texts</button></>}
      <Choice path={["topic"]} label="Topic" optional options={choices.topics} empty={`as the journey${journey.topic ? `: ${journey.topic}` : ""}`} />
      <Choice path={["channel"]} label="Channel" optional options={choices.ways} empty="as the journey" />
      <Numeral path={["expires_hours"]} label="Given up after, hours" optional min={1} hint="A message that cannot go within this time is not sent any more. Without a number: 72." />
      <Condition path={["if"]} label="Only if" optional hint="Looked at again just before the message goes. Who does not meet it goes on without it." />
    </>
  );
}

function Winner({ step }) {
  const choose = useField(["winner"]);
  const by = step.winner?.by ?? "margin";
  return (
    <fieldset className="j-part"><legend>The better text is judged by</legend>
      <Choice path={["winner", "by"]} label="What counts" options={[{ value: "margin", label: "margin" }, { value: "event", label: "an event" }]} />
      {by === "event" && <EventFields path={["winner"]} />}
      {by === "margin" && step.winner?.event !== undefined && <button type="button" className="btn btn-sm" onClick={() => choose.put({ by: "margin", within_days: step.winner.within_days })}>Forget the event</button>}
      <Numeral path={["winner", "within_days"]} label="Within days after the message" min={0} />
    </fieldset>
  );
}

// The arms of a test and the ways of a split: named parts with shares of 100 %.
function Parts({ path, noun, most, fields, fresh }) {
  const { now, put: write, fault } = useField(path);
  const parts = Array.isArray(now) ? now : [];
  const even = () => {
    const share = Math.floor(10000 / parts.length) / 10000;
    write(parts.map((part, place) => ({ ...part, share: place ? share : Math.round((1 - share * (parts.length - 1)) * 10000) / 10000 })));
  };
  return (
    <>
      {parts.map((part, place) => (
        <fieldset className="j-part" key={place}><legend>{noun} {place + 1}</legend>
          <div className="j-two"><Text path={[...path, place, "name"]} label="Name" /><Numeral path={[...path, place, "share"]} label="Share, %" scale={100} min={0} max={100} /></div>
          {fields?.([...path, place])}
          {parts.length > 2 && <button type="button" className="btn btn-sm" onClick={() => write(parts.filter((_, index) => index !== place))}><Icon name="trash" />Remove {part?.name || `${noun.toLowerCase()} ${place + 1}`}</button>}
        </fieldset>
      ))}
      {fault && <span className="error-text mb-2" role="alert">{fault}</span>}
      <p className="head-actions mb-3">
        {parts.length < most && <button type="button" className="btn btn-sm" onClick={() => write([...parts, fresh(parts.length)])}><Icon name="plus" />{noun}</button>}
        <button type="button" className="btn btn-sm" onClick={even}><Icon name="scale" />Even shares</button>
      </p>
    </>
  );
}

const Wait = () => (
  <>
    <div className="j-three"><Numeral path={["days"]} label="Days" min={0} optional /><Numeral path={["hours"]} label="Hours" min={0} optional /><Numeral path={["minutes"]} label="Minutes" min={0} optional /></div>
    <Text path={["at"]} label="Then until" type="time" optional hint="The next such time of the customer's day." />
    <Weekdays path={["weekdays"]} label="On one of these days (optional)" />
  </>
);

function Until({ step }) {
  const until = useField(["until"]);
  const what = step.until?.property !== undefined ? "property" : "attribute";
  const turn = (next) => until.put({ [next]: step.until?.[what] ?? "", ...(step.until?.days ? { days: step.until.days } : {}), ...(step.until?.at ? { at: step.until.at } : {}) });
  return (
    <>
      <div className="form-row"><label className="form-label">The date is
        <select className="form-select" value={what} onChange={(event) => turn(event.target.value)}><option value="attribute">an attribute of the customer</option><option value="property">a property of the event that began the run</option></select></label></div>
      <Text keep path={["until", what]} label={what === "attribute" ? "Attribute" : "Property"} suggest={{ kind: what === "attribute" ? "custom" : "properties" }} />
      <Numeral path={["until", "days"]} label="Days after it" optional hint="Less than nothing: before it." step={1} />
      <Text path={["until", "at"]} label="At" type="time" optional hint="By the customer's clocks; without a time 10:00. A date that is over is not waited for." />
    </>
  );
}

const WaitForEvent = () => (
  <>
    <EventFields withKey />
    <div className="j-two"><Numeral path={["timeout_days"]} label="At most, days" min={0} optional /><Numeral path={["timeout_hours"]} label="and hours" min={0} optional /></div>
  </>
);

function Branch({ step }) {
  const { set } = useContext(Form);
  const own = step.where !== undefined;
  const turn = (next) => set(({ if: _if, where: _where, of: _of, ...rest }) => (next === "own" ? { ...rest, where: [{ property: "", is: "" }] } : { ...rest, if: { orders: "count", at_least: 1 } }));
  return (
    <>
      <div className="form-row"><label className="form-label">It looks at
        <select className="form-select" value={own ? "own" : "customer"} onChange={(event) => turn(event.target.value)}><option value="customer">the customer</option><option value="own">an event of the run</option></select></label></div>
      {own
        ? <><Choice path={["of"]} label="Which event" optional empty="the one that began the run" options={[{ value: "heard", label: "the last one it waited for" }]} /><Tests path={["where"]} label="It has" /></>
        : <Condition path={["if"]} label="Is it so?" />}
    </>
  );
}

const Split = () => <Parts path={["ways"]} noun="Way" most={10} fresh={(place) => ({ name: "abcdefghij"[place], share: 0 })} />;

const Task = () => (
  <>
    <Text path={["title"]} label="What is to be done?" />
    <Text path={["note"]} label="What helps to do it?" long optional />
    <Text path={["assignee"]} label="For whom" optional suggest={undefined} hint="Without a name: for anyone." />
    <Numeral path={["due_hours"]} label="Due within, hours" min={1} optional hint="Without a number: 24." />
  </>
);

function Notify() {
  const { choices } = useContext(Form);
  return <><Choice path={["to"]} label="To whom" options={[{ value: "owner", label: "whoever looks after the customer" }, ...choices.staff]} empty={NOTHING} /><Text path={["text"]} label="What to say" long /></>;
}

const Update = () => (
  <>
    <Pairs path={["set"]} label="Attributes" hint="null takes an attribute away." />
    <Words path={["join"]} label="Joins the lists" optional hint="Several with commas." />
    <Words path={["leave"]} label="Leaves the lists" optional />
  </>
);

const Webhook = () => (
  <>
    <Text path={["url"]} label="Address" type="url" />
    <Json path={["body"]} label="What to send besides the customer" optional />
  </>
);

const Exit = () => <p className="quiet">The run ends here. There is nothing to set.</p>;

const FORMS = { message: Message, wait: Wait, "wait-until": Until, "wait-event": WaitForEvent, branch: Branch, split: Split, task: Task, notify: Notify, update: Update, webhook: Webhook, exit: Exit };
