// The inputs of one condition, laid out so that they read as a sentence. The condition's JSON is their only state.

import { make, icon, iconButton } from "./dom.js";
import { offer } from "./suggestions.js";

export const BOUNDS = { at_least: "at least", at_most: "at most", exactly: "exactly", greater: "more than", less: "less than" };
const COUNTS = { at_least: "at least", at_most: "at most", exactly: "exactly", never: "never" };
const PERIODS = { "": "ever", in_last_days: "in the last", in_last_calendar_days: "in the last calendar days", within: "between dates" };
const OPS = {
  is: "is", is_not: "is not", in: "is one of", contains: "contains", starts: "starts with", greater: "is more than",
  less: "is less than", between: "is between", set: "is set", unset: "is not set", before: "is before", after: "is after",
  in_last_days: "was in the last days", in_next_days: "is in the next days", anniversary_in_days: "has its day in the next days",
};
const MOMENTS = ["before", "after", "between", "in_last_days", "in_next_days", "anniversary_in_days", "set", "unset"];
const OPS_OF = {
  text: ["is", "is_not", "in", "contains", "starts", "set", "unset"],
  truth: ["is", "is_not", "set", "unset"],
  day: ["is", "is_not", "in", ...MOMENTS],
  moment: MOMENTS,
  any: Object.keys(OPS),
};
const DAYS = new Set(["in_last_days", "in_next_days", "anniversary_in_days"]);
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text);
const looksNumeric = (text) => text !== "" && String(Number(text)) === text && Number.isFinite(Number(text));

export const opOf = (said) => Object.keys(OPS).find((op) => op in said && op !== "unset");
export const knownOp = (said, subject) => {
  const op = opOf(said);
  return op !== undefined && Object.keys(said).length === 2 && subject in said && scalarOrList(said[op]);
};
const scalar = (value) => value === null || ["string", "number", "boolean"].includes(typeof value);
const scalarOrList = (value) => scalar(value) || (Array.isArray(value) && value.every(scalar));

export class Sentence {
  // `changed` after a value, `redraw` where other inputs are needed from now on; `key` names this condition.
  constructor({ key, at, changed, redraw, choices, path = "", label = "" }) {
    Object.assign(this, { key, at, changed, redraw, choices, path, label });
  }

  // Inputs of an object inside: their paths begin with its own.
  inside(path, label = this.label) {
    return new Sentence({ ...this, path: this.path ? `${this.path}.${path}` : path, label });
  }

  word(text) {
    this.at.append(make("span", { class: "b-word", text }));
    return this;
  }

  line() {
    const line = make("div", { class: "b-line" });
    this.at.append(line);
    return new Sentence({ ...this, at: line });
  }

  _named(name, label) {
    const path = this.path && name ? `${this.path}.${name}` : this.path || name;
    return { "data-path": path, "data-focus": `${this.key}:${path}:${label}`, "aria-label": this.label ? `${this.label}: ${label}` : label };
  }

  select(name, label, options, value, pick) {
    const listed = Array.isArray(options) ? options : Object.entries(options).map(([key, text]) => ({ value: key, label: text }));
    const known = listed.some((option) => option.value === value);
    const all = known || value === undefined || value === null || value === "" ? listed : [...listed, { value, label: `${value} (not known here)` }];
    const element = make("select", { class: "form-select", ...this._named(name, label), onchange: () => pick(element.value) });
    if (!value && !listed.some((option) => option.value === "")) element.append(make("option", { value: "", text: listed.length ? "choose…" : "there are none yet" }));
    for (const option of all) element.append(make("option", { value: option.value, text: option.label || option.value }));
    element.value = value ?? "";
    element.dataset.needed = listed.some((option) => option.value === "") ? "no" : "yes";
    this.at.append(element);
    return element;
  }

  // A field of the JSON chosen from a list.
  pick(said, name, label, options, { redraw = false } = {}) {
    this.select(name, label, options, said[name], (value) => {
      said[name] = value;
      redraw ? this.redraw() : this.changed();
    });
    return this;
  }

  _input(name, label, attributes, write) {
    const element = make("input", {
      class: "form-control", autocomplete: "off", "data-needed": "yes", ...this._named(name, label), ...attributes,
      oninput: () => { write(element.value); this.changed(); },
    });
    this.at.append(element);
    return element;
  }

  number(said, name, label, { scale = 1, least, most, suffix } = {}) {
    const shown = typeof said[name] === "number" ? Number((said[name] * scale).toPrecision(12)) : "";
    this._input(name, label, { type: "number", step: "any", inputmode: "decimal", min: least, max: most, value: shown }, (text) => {
      said[name] = text === "" ? null : Number((Number(text) / scale).toPrecision(12));
    });
    if (suffix) this.word(suffix);
    return this;
  }

  text(said, name, label, { optional = false, ...more } = {}) {
    const write = (text) => {
      if (optional && text === "") delete said[name];
      else said[name] = text;
    };
    return this.free(name, label, said[name], write, { optional, ...more });
  }

  free(name, label, value, write, { suggest, placeholder, optional = false } = {}) {
    const element = this._input(name, label, { type: "text", placeholder, value: value ?? "", "data-needed": optional ? "no" : "yes" }, write);
    if (suggest) offer(element, suggest);
    return this;
  }

  // at least / at most … and the number, which stands under the bound's own name.
  bound(said, label = "number", { known = BOUNDS, scale = 1, suffix, least = scale === 100 ? 0 : undefined } = {}) {
    const now = Object.keys(BOUNDS).find((name) => name in said) ?? "at_least";
    this.select(now, `how the ${label} compares`, known, now, (wanted) => {
      rename(said, now, wanted);
      this.redraw();
    });
    return this.number(said, now, label, { scale, suffix, least, most: scale === 100 ? 100 : undefined });
  }

  // How often: a count, or never. Without either it is at least once.
  times(said) {
    const count = said.count ?? {};
    const now = said.never ? "never" : (Object.keys(COUNTS).find((name) => name in count) ?? "at_least");
    this.select("count", "how often", COUNTS, now, (wanted) => {
      const number = Object.values(said.count ?? {})[0] ?? 1;
      delete said.never;
      delete said.count;
      if (wanted === "never") said.never = true;
      else said.count = { [wanted]: number };
      this.redraw();
    });
    if (now === "never") return this;
    const kept = said.count ?? { at_least: 1 };
    this._input(`count.${now}`, "times", { type: "number", min: 0, step: 1, inputmode: "numeric", value: kept[now] ?? "" }, (text) => {
      said.count = { [now]: text === "" ? null : Number(text) };
    });
    return this.word(kept[now] === 1 ? "time" : "times");
  }

  period(said) {
    const now = ["in_last_days", "in_last_calendar_days", "within"].find((name) => name in said) ?? "";
    this.select(now || "in_last_days", "period", PERIODS, now, (wanted) => {
      const days = said.in_last_days ?? said.in_last_calendar_days ?? 30;
      for (const name of ["in_last_days", "in_last_calendar_days", "within", "clock"]) delete said[name];
      if (wanted === "within") said.within = { from: "", to: "" };
      else if (wanted) said[wanted] = days;
      this.redraw();
    });
    if (now === "in_last_days") this.number(said, now, "days", { least: 1, suffix: "days" });
    if (now === "in_last_calendar_days") {
      this.number(said, now, "calendar days", { least: 1 }).word("by the clock of");
      this.select("clock", "whose clock", { company: "the company", customer: "the customer" }, said.clock ?? "company", (wanted) => {
        if (wanted === "customer") said.clock = wanted;
        else delete said.clock;
        this.changed();
      });
    }
    if (now === "within") this.moment(said.within, "from", "from", "within.from").word("and").moment(said.within, "to", "to", "within.to");
    return this;
  }

  moment(said, name, label, path = name) {
    const value = said[name] ?? "";
    this._input(path, label, { type: value === "" || isDay(value) ? "date" : "text", value }, (text) => (said[name] = text));
    return this;
  }

  // Operator and value of an attribute or a property. `type`: text, truth, day, moment, any.
  comparison(said, type, suggest) {
    const now = opOf(said) ?? "is";
    const shown = now === "set" && said.set === false ? "unset" : now;
    const names = OPS_OF[type].includes(shown) ? OPS_OF[type] : [...OPS_OF[type], shown];
    this.select(now, "comparison", Object.fromEntries(names.map((op) => [op, OPS[op]])), shown, (wanted) => {
      const value = said[now];
      delete said[now];
      said[wanted === "unset" ? "set" : wanted] = adapted(value, now, wanted, type);
      this.redraw();
    });
    if (now === "set") return this;
    if (now === "in") return this.list(said, "in", suggest, type);
    if (now === "between") {
      const ends = Array.isArray(said.between) ? said.between : (said.between = ["", ""]);
      return this._value(ends, 0, "from", type, null, "between[0]").word("and")._value(ends, 1, "to", type, null, "between[1]");
    }
    if (DAYS.has(now)) return this.number(said, now, "days", { least: 0, suffix: "days" });
    if (type === "truth" || typeof said[now] === "boolean") {
      this.select(now, "value", { true: "yes", false: "no" }, String(said[now]), (text) => { said[now] = text === "true"; this.changed(); });
      return this;
    }
    if (now === "greater" || now === "less") return this.number(said, now, "value");
    return this._value(said, now, "value", ["before", "after"].includes(now) && type === "any" ? "day" : type, suggest, now);
  }

  _value(said, name, label, type, suggest, path) {
    if (type === "day" || type === "moment") return this.moment(said, name, label, path);
    const element = this._input(path, label, { type: "text", value: said[name] ?? "" }, (text) => {
      const kept = typeof said[name] === "string" && looksNumeric(said[name]); // somebody wants it as text
      said[name] = type === "any" && looksNumeric(text) && !kept ? Number(text) : text;
      ask();
    });
    if (suggest) offer(element, suggest);
    const ask = type === "any" ? this._textOrNumber(said, name, label, path) : () => {};
    return this;
  }

  // `5` may be meant as a number or as letters: asked only where it matters.
  _textOrNumber(said, name, label, path) {
    const element = this.select(path, `${label} is a`, { text: "as text", number: "as number" }, "text", (wanted) => {
      said[name] = wanted === "number" ? Number(said[name]) : String(said[name]);
      this.changed();
    });
    const ask = () => {
      element.hidden = !looksNumeric(String(said[name] ?? ""));
      element.value = typeof said[name] === "number" ? "number" : "text";
    };
    ask();
    return ask;
  }

  // Several values, each with its own way out. Drawn by itself: a value is added when one leaves the input.
  list(said, name, suggest, type) {
    const values = Array.isArray(said[name]) ? said[name] : (said[name] = []);
    const box = make("span", { class: "b-values" });
    const input = make("input", { class: "form-control", type: type === "day" ? "date" : "text", autocomplete: "off", ...this._named(name, "add a value") });
    const chips = () => {
      for (const chip of box.querySelectorAll(".chip")) chip.remove();
      values.forEach((value, place) => {
        const drop = () => { values.splice(place, 1); chips(); input.focus(); this.changed(); };
        const about = { "data-path": `${this.path ? `${this.path}.` : ""}${name}[${place}]`, "aria-label": `Take out ${value}` };
        input.before(make("button", { type: "button", class: "chip", onclick: drop, ...about }, String(value), icon("x")));
      });
      input.placeholder = values.length ? "or…" : "a value";
      input.dataset.needed = values.length ? "no" : "yes";
    };
    const add = () => {
      if (input.value === "") return;
      values.push(type === "any" && looksNumeric(input.value) ? Number(input.value) : input.value);
      input.value = "";
      chips();
      this.changed();
    };
    input.addEventListener("change", add);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); add(); }
    });
    box.append(input);
    chips();
    if (suggest) offer(input, suggest);
    this.at.append(box);
    return this;
  }

  // Conditions on properties: each a line of its own below the sentence.
  where(said, event, { name = "where", first = "where" } = {}) {
    (said[name] ?? []).forEach((one, place) => {
      const line = this.line().inside(`${name}[${place}]`, `Property ${place + 1}`);
      line.word(place ? "and" : first);
      line.text(one, "property", "property", { suggest: () => ({ kind: "properties", event: event() }), placeholder: "property" });
      line.comparison(one, "any", () => ({ kind: "property_values", event: event(), property: one.property }));
      line.at.append(iconButton("x", "Take out this property", () => {
        said[name].splice(place, 1);
        if (!said[name].length && name === "where") delete said[name];
        this.redraw();
      }));
    });
    const add = () => {
      (said[name] ??= []).push({ property: "", is: "" });
      this.redraw(`${this.key}:${this.path ? `${this.path}.` : ""}${name}[${said[name].length - 1}].property:property`);
    };
    this.more(`+ ${first} property…`, add, `${name}-add`);
    return this;
  }

  more(text, press, name) {
    this.at.append(make("button", { type: "button", class: "b-more-link", text, onclick: press, "data-focus": `${this.key}:${this.path}:${name}` }));
    return this;
  }

  // Any of a few, each switched on and off.
  toggles(said, name, label, texts) {
    const box = make("span", { class: "b-months", role: "group", ...this._named(name, label) });
    texts.forEach((text, place) => {
      const number = place + 1;
      const on = said[name] ?? [];
      const toggle = () => {
        const kept = on.includes(number) ? on.filter((one) => one !== number) : [...on, number];
        said[name] = kept.sort((a, b) => a - b);
        this.redraw();
      };
      box.append(make("button", { type: "button", class: "chip", "aria-pressed": String(on.includes(number)), "data-focus": `${this.key}:${this.path}:${name}:${number}`, text, onclick: toggle }));
    });
    this.at.append(box);
    return this;
  }

  months(said) {
    if (!said.months) return this.more("+ months…", () => { said.months = []; this.redraw(); }, "months-add");
    this.word("in").toggles(said, "months", "months", MONTHS);
    this.at.append(iconButton("x", "Any month", () => { delete said.months; this.redraw(); }));
    return this;
  }
}

// The same place in the object for another name, so that the YAML keeps its order.
export function rename(said, from, to) {
  const value = said[from];
  const later = Object.entries(said);
  for (const name of Object.keys(said)) delete said[name];
  for (const [name, kept] of later) said[name === from ? to : name] = name === from ? value : kept;
  if (!(to in said)) said[to] = value ?? null;
}

// What was typed for one comparison, as far as another can use it.
function adapted(value, from, to, type) {
  if (to === "set") return true;
  if (to === "unset") return false;
  if (DAYS.has(to)) return DAYS.has(from) ? value : 30;
  const one = Array.isArray(value) ? (value[0] ?? "") : value;
  if (to === "in") return one === "" || one === null || typeof one === "boolean" ? [] : [one];
  if (to === "between") return [DAYS.has(from) || typeof one === "boolean" ? "" : (one ?? ""), ""];
  if (type === "truth") return typeof one === "boolean" ? one : true;
  if (to === "greater" || to === "less") return Number.isFinite(Number(one)) && one !== "" && typeof one !== "boolean" ? Number(one) : null;
  if (DAYS.has(from) || typeof one === "boolean") return "";
  return to === "contains" || to === "starts" ? String(one ?? "") : (one ?? "");
}
