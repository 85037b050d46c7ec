// The forms of the journey itself: who enters, when he leaves, what it is for, and who answers for it.

import { useContext, useEffect, useRef } from "react";
import { offer } from "../builder/suggestions.js";
import { Condition } from "./condition.jsx";
import { EventFields } from "./events.jsx";
import { Check, Choice, Form, Icon, Numeral, Row, Text, Weekdays, useField } from "./fields.jsx";
import { dateOf, put, runKey } from "./model.js";

const option = (value, label = value) => ({ value, label });
const ENTRIES = [option("event", "something happens"), option("segment", "a segment is entered or left"), option("date", "a date of the customer comes"), option("order", "a date of an order comes"), option("deal", "a date of a deal comes"), option("schedule", "a day of the calendar comes"), option("once", "once: a broadcast")];
const STARTS = { event: { event: "" }, segment: { segment: "", on: "entered" }, date: { date: "" }, order: { date: "order.completed_at", days: 30 }, deal: { date: "deal.valid_until", days: -7 }, schedule: { schedule: { at: "10:00" } }, once: { once: { date: "", at: "10:00" } } };
const KEYS = [option("customer"), option("order"), option("cart"), option("deal")];
const CATEGORIES = [option("information"), option("activation"), option("service")];
const ZONES = [option("company", "the company's")];

// Dates that every order or deal has; any other is told by its events, the first of which is named here.
const MOMENTS = {
  order: [option("completed_at", "it was completed"), option("placed_at", "it was placed")],
  deal: [option("sent_at", "the proposal was sent")],
};
const TOLD_BY = { order: ["Order Completed", "delivery_at"], deal: ["Proposal Sent", "valid_until"] };

export const entryKind = (entry) => dateOf(entry) ?? ["date", "schedule", "once", "segment"].find((one) => entry?.[one] !== undefined) ?? "event";

export function EntryForm() {
  const { now, set } = useField(["entry"]);
  const kind = entryKind(now);
  const turn = (next) => {
    const entry = { ...STARTS[next], ...(now?.if ? { if: now.if } : {}), ...(next !== "event" && typeof now?.segment === "string" ? { segment: now.segment } : {}) };
    // The date of an order is about this order; what was about one before is about the customer again.
    const key = MOMENTS[next] ? next : MOMENTS[kind] ? undefined : null;
    set((was) => (key === null ? put(was, ["entry"], entry) : put(put(was, ["entry"], entry), ["key"], key)), "entry");
  };
  return (
    <>
      <div className="form-row"><label className="form-label">Customers enter when
        <select className="form-select" value={kind} onChange={(event) => turn(event.target.value)}>{ENTRIES.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}</select></label></div>
      {kind === "event" && <EventFields path={["entry"]} />}
      {kind === "segment" && <><Segment label="Segment" keep /><Choice path={["entry", "on"]} label="When it is" options={[option("entered"), option("left")]} /></>}
      {kind === "date" && <OnDate />}
      {MOMENTS[kind] && <OnDateOf of={kind} />}
      {kind === "schedule" && <Schedule entry={now} />}
      {kind === "once" && <Once />}
      <Condition path={["entry", "if"]} label="Only if" optional />
    </>
  );
}

function Segment({ label, ...row }) {
  const { choices } = useContext(Form);
  return <Choice path={["entry", "segment"]} label={label} options={choices.segments} empty={row.optional ? "everybody" : "…"} {...row} />;
}

const OnDate = () => <Days first={<Text keep path={["entry", "date"]} label="Attribute with the date" suggest={{ kind: "custom" }} placeholder="birthday" />} yearly="Every year, as a birthday" />;

function OnDateOf({ of }) {
  const path = ["entry", "date"];
  const { now, put: write } = useField(path);
  const name = now.slice(of.length + 1);
  const isMoment = MOMENTS[of].some((one) => one.value === name);
  const [event, example] = TOLD_BY[of];
  const which = (
    <>
      <div className="form-row"><label className="form-label">Counted from the day
        <select className="form-select" value={isMoment ? name : ""} onChange={(change) => write(`${of}.${change.target.value}`)}>
          {MOMENTS[of].map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}<option value="">that its events tell</option>
        </select></label></div>
      {!isMoment && <Told path={path} of={of} event={event} example={example} />}
    </>
  );
  return <Days first={which} yearly="Every year again" hint={isMoment ? "At least 1: on the day itself, enter by the event." : undefined} />;
}

// The name of the date alone: the file has it behind whose it is.
function Told({ path, of, event, example }) {
  const { now, put: write } = useField(path);
  const input = useRef(null);
  useEffect(() => { offer(input.current, () => ({ kind: "properties", event })); }, [event]);
  return (
    <Row path={path} label="Property with the date" hint={`A date such as 2027-01-31 among the properties of “${event}”.`}>
      {({ className, ...tied }) => <input {...tied} ref={input} className={`form-control ${className}`} placeholder={example} value={now.slice(of.length + 1)} autoComplete="off" onChange={(change) => write(`${of}.${change.target.value}`)} />}
    </Row>
  );
}

const Days = ({ first, yearly, hint = "Less than nothing: before it." }) => (
  <>
    {first}
    <Numeral path={["entry", "days"]} label="Days after it" optional step={1} hint={hint} />
    <Text path={["entry", "at"]} label="At" type="time" optional hint="By the customer's clocks; without a time 10:00." />
    <Check path={["entry", "yearly"]} label={yearly} />
    <Segment label="Only those in the segment" optional />
  </>
);

function Schedule({ entry }) {
  const weekly = Boolean(entry.schedule?.weekdays);
  return (
    <>
      <Text path={["entry", "schedule", "at"]} label="At" type="time" />
      <Weekdays path={["entry", "schedule", "weekdays"]} label="On these days (without any: every day)" />
      {!weekly && <Numeral path={["entry", "schedule", "month_day"]} label="Or on this day of the month" optional min={1} max={31} step={1} />}
      <Choice path={["entry", "schedule", "zone"]} label="By whose clocks" optional empty="the customer's" options={ZONES} />
      <Segment label="Those in the segment" optional />
      <PerHour />
    </>
  );
}

const Once = () => (
  <>
    <Text path={["entry", "once", "date"]} label="On" type="date" />
    <Text path={["entry", "once", "at"]} label="At" type="time" />
    <Choice path={["entry", "once", "zone"]} label="By whose clocks" optional empty="the customer's" options={ZONES} />
    <Segment label="Those in the segment" optional />
    <PerHour />
  </>
);

const PerHour = () => <Numeral path={["entry", "per_hour"]} label="At most, customers an hour" optional min={1} step={1} />;

function Exits() {
  const { now, put: write, fault } = useField(["exit"]);
  const rules = Array.isArray(now) ? now : [];
  const drop = (place) => write(rules.length > 1 ? rules.filter((_, index) => index !== place) : undefined);
  return (
    <fieldset className="form-row" data-field="exit"><legend className="form-label">A customer leaves early when</legend>
      {rules.map((rule, place) => (
        <fieldset className="j-part" key={place}><legend>Rule {place + 1}</legend>
          {rule?.if === undefined ? <EventFields path={["exit", place]} withKey /> : <Condition path={["exit", place, "if"]} label="This holds" />}
          <Text path={["exit", place, "reason"]} label="In words" optional={rule?.if === undefined} />
          <button type="button" className="btn btn-sm" onClick={() => drop(place)}><Icon name="trash" />Remove rule {place + 1}</button>
        </fieldset>
      ))}
      {fault && <span className="error-text" role="alert">{fault}</span>}
      <p className="head-actions mb-0">
        <button type="button" className="btn btn-sm" onClick={() => write([...rules, { event: "" }])}><Icon name="plus" />An event</button>
        <button type="button" className="btn btn-sm" onClick={() => write([...rules, { if: { orders: "count", at_least: 1 }, reason: "" }])}><Icon name="plus" />A condition</button>
      </p>
    </fieldset>
  );
}

function GoalFields() {
  const { now, put: write } = useField(["goal"]);
  if (now === undefined) return <p><button type="button" className="btn btn-sm" onClick={() => write({ event: "Order Completed", within_days: 30 })}><Icon name="target" />Give it a goal</button></p>;
  return (
    <fieldset className="j-part"><legend>The goal</legend>
      <EventFields path={["goal"]} withKey />
      <Numeral path={["goal", "within_days"]} label="Within days after the start" min={0} />
      <button type="button" className="btn btn-sm" onClick={() => write(undefined)}><Icon name="x" />No goal</button>
    </fieldset>
  );
}

function Reentry() {
  const { now, put: write, fault } = useField(["reentry"]);
  const said = now ?? "never";
  const days = /^after_days:\s*(\d+)$/.exec(said);
  return (
    <div className="form-row" data-field="reentry">
      <label className="form-label">The same customer again
        <select className="form-select" value={days ? "after_days" : said} onChange={(event) => write(event.target.value === "after_days" ? "after_days:30" : event.target.value)}>
          <option value="never">never</option><option value="after_exit">after the run has ended</option><option value="after_days">some days after the end</option><option value="any_time">at any time</option>
        </select></label>
      {days && <label className="form-label mt-2">Days after the end<input className="form-control" type="number" min={1} value={days[1]} onChange={(event) => write(`after_days:${Number.parseInt(event.target.value, 10) || 1}`)} /></label>}
      {fault && <span className="error-text" role="alert">{fault}</span>}
    </div>
  );
}

export function JourneyForm({ isNew }) {
  const { choices, value: whole } = useContext(Form);
  return (
    <>
      <Text path={["name"]} label="Name" />
      <Slug isNew={isNew} />
      <Text path={["description"]} label="What it does" long optional />
      <Text path={["owner"]} label="Who answers for it" />
      <Text path={["failure_path"]} label="What to do when it fails" long />
      <Text path={["review_by"]} label="To be reviewed by" type="date" optional />
      <div className="j-two"><Choice path={["category"]} label="Category" options={CATEGORIES} empty="…" /><Numeral path={["priority"]} label="Priority" optional step={1} /></div>
      <div className="j-two"><Choice path={["topic"]} label="Topic" options={choices.topics} empty="…" /><Choice path={["channel"]} label="Channel" optional options={choices.ways} empty="email" /></div>
      <Exits />
      <GoalFields />
      <Numeral path={["holdout"]} label="Left alone for comparison, %" optional scale={100} min={0} max={90} />
      <Reentry />
      <Choice path={["key"]} label="A run is about one" optional options={KEYS.slice(1)} empty={runKey({ entry: whole.entry })} />
    </>
  );
}

function Slug({ isNew }) {
  const { now } = useField(["slug"]);
  return isNew
    ? <Text path={["slug"]} label="Short name" hint="Small letters, digits and dashes. It stays for ever: files and reports use it." />
    : <div className="form-row"><span className="form-label">Short name</span><code>{now}</code></div>;
}
