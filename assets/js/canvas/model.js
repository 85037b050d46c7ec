// A journey as the file has it, and what one does to it. Nothing here changes what it is given.

export const ENTRY = "(entry)";
const PLAIN = [{ id: "next", label: "" }];

// What a new step of each kind begins with. `required` ways are those that the file has to name.
export const KINDS = {
  message: { label: "Message", icon: "mail", start: { type: "message" } },
  wait: { label: "Wait for a time", icon: "hourglass", start: { type: "wait", days: 1 } },
  "wait-until": { label: "Wait until a date", icon: "calendar", start: { type: "wait", until: { attribute: "" } } },
  "wait-event": { label: "Wait for an event", icon: "clock-pause", start: { type: "wait", event: "", timeout_days: 3 } },
  branch: { label: "Branch", icon: "git-branch", start: { type: "branch", if: { orders: "count", at_least: 1 } } },
  split: { label: "Split by lot", icon: "arrows-split", start: { type: "split", ways: [{ name: "a", share: 0.5 }, { name: "b", share: 0.5 }] } },
  task: { label: "Task for a person", icon: "checklist", start: { type: "task" } },
  notify: { label: "Word to a colleague", icon: "bell", start: { type: "notify", to: "owner" } },
  update: { label: "Update the customer", icon: "pencil", start: { type: "update", set: {} } },
  webhook: { label: "Call another system", icon: "webhook", start: { type: "webhook", url: "https://" } },
  exit: { label: "The end", icon: "flag", start: { type: "exit" } },
};

export function kindOf(step) {
  if (step?.type !== "wait") return KINDS[step?.type] ? step.type : "unknown";
  if (step.until !== undefined) return "wait-until";
  return step.event !== undefined ? "wait-event" : "wait";
}

// The ways out of a step: which field holds each, and where it leads.
export function waysOf(step) {
  const ways = {
    "wait-until": [{ id: "next", label: "on the day" }, { id: "missing", label: "no such date" }],
    "wait-event": [{ id: "next", label: "it happened" }, { id: "on_timeout", label: "time is up" }],
    branch: [{ id: "yes", label: "yes" }, { id: "no", label: "no" }],
    split: (Array.isArray(step?.ways) ? step.ways : []).map((way, place) => ({ id: `ways.${place}`, label: `${way?.name ?? ""} ${percent(way?.share)}` })),
    exit: [],
    unknown: [],
  }[kindOf(step)] ?? PLAIN;
  return ways.map((way) => ({ ...way, target: targetOf(step, way.id) }));
}

const percent = (share) => (typeof share === "number" ? `${Math.round(share * 1000) / 10}%` : "");

function targetOf(step, way) {
  const [, place] = way.split(".");
  return place === undefined ? step[way] : step.ways[place]?.next;
}

function led(step, way, target) {
  const [, place] = way.split(".");
  if (place === undefined) return without({ ...step, [way]: target }, target === undefined ? way : null);
  const ways = step.ways.map((one, at) => (String(at) === place ? without({ ...one, next: target }, target === undefined ? "next" : null) : one));
  return { ...step, ways };
}

const without = (given, name) => {
  if (name) delete given[name];
  return given;
};

// Faults of the journey that are told at its entry.
export const ofEntry = (fault) => fault.step === "" && /^(entry|start)\b/.test(fault.field);

export const stepsOf = (journey) => (journey.steps && typeof journey.steps === "object" ? journey.steps : {});

// Where a way leads: of a step, or of the entry.
export function connect(journey, from, way, target) {
  if (from === ENTRY) return target === undefined ? without({ ...journey, start: undefined }, "start") : { ...journey, start: target };
  return setStep(journey, from, led(stepsOf(journey)[from], way, target));
}

export function setStep(journey, name, step) {
  return { ...journey, steps: { ...stepsOf(journey), [name]: step } };
}

// Every way of the journey: {from, way, label, to}.
export function edgesOf(journey) {
  const found = journey.start ? [{ from: ENTRY, way: "start", label: "", to: journey.start }] : [];
  for (const [name, step] of Object.entries(stepsOf(journey))) {
    for (const way of waysOf(step)) if (way.target !== undefined) found.push({ from: name, way: way.id, label: way.label, to: way.target });
  }
  return found;
}

export function freshName(journey, wanted) {
  const steps = stepsOf(journey);
  let name = wanted;
  for (let number = 2; name in steps; number += 1) name = `${wanted}-${number}`;
  return name;
}

const NAMES = { "wait-until": "until", "wait-event": "answer", notify: "word", webhook: "call", exit: "done" };

// A new step, put into a way: what the way led to comes after it. Without a way it stands by itself.
export function addStep(journey, kind, from, way) {
  const name = freshName(journey, NAMES[kind] ?? kind);
  const after = from === ENTRY ? journey.start : from ? targetOf(stepsOf(journey)[from], way) : undefined;
  let step = structuredClone(KINDS[kind].start);
  if (after !== undefined) for (const one of waysOf(step)) if (one.id !== "missing") step = led(step, one.id, after);
  const added = setStep(journey, name, step);
  return { journey: from ? connect(added, from, way, name) : added, name };
}

// Takes a step out; what led to it leads to what came after it.
export function removeStep(journey, name) {
  const after = waysOf(stepsOf(journey)[name]).find((way) => way.target !== name)?.target;
  const next = edgesOf(journey).filter((edge) => edge.to === name && edge.from !== name).reduce((now, edge) => connect(now, edge.from, edge.way, after), journey);
  const steps = { ...stepsOf(next) };
  delete steps[name];
  return { ...next, steps };
}

export function renameStep(journey, name, wanted) {
  const led = edgesOf(journey).filter((edge) => edge.to === name).reduce((now, edge) => connect(now, edge.from, edge.way, wanted), journey);
  return { ...led, steps: Object.fromEntries(Object.entries(stepsOf(led)).map(([one, step]) => [one === name ? wanted : one, step])) };
}

// A value deep inside, by a list of names; undefined takes the field away.
export function put(given, path, value) {
  const [name, ...rest] = path;
  const inner = rest.length ? put(given?.[name] ?? (typeof rest[0] === "number" ? [] : {}), rest, value) : value;
  if (Array.isArray(given)) return given.map((one, place) => (place === name ? inner : one)).concat(name === given.length ? [inner] : []);
  return without({ ...given, [name]: inner }, inner === undefined ? name : null);
}

// What a run is about: said, or by whose date customers enter.
export const KEYS_BY_DATE = ["order", "deal"];
export const dateOf = (entry) => KEYS_BY_DATE.find((of) => String(entry?.date ?? "").startsWith(`${of}.`));
export const runKey = (journey) => journey?.key ?? dateOf(journey?.entry) ?? "customer";

export const dig = (given, path) => path.reduce((now, name) => now?.[name], given);

// The one spelling of a value, to compare what the database keeps in another order.
export function canonical(given) {
  if (Array.isArray(given)) return `[${given.map(canonical).join(",")}]`;
  if (given === null || typeof given !== "object") return JSON.stringify(given) ?? "null";
  return `{${Object.keys(given).sort().filter((name) => given[name] !== undefined).map((name) => `${JSON.stringify(name)}:${canonical(given[name])}`).join(",")}}`;
}
