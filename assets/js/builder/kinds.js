// Every kind of condition: what it is about, how it begins, which rules it can show as inputs, and its sentence.

import { BOUNDS, knownOp } from "./sentence.js";

const only = (rule, ...keys) => Object.keys(rule).every((key) => keys.includes(key));
const isObject = (given) => given !== null && typeof given === "object" && !Array.isArray(given);
const text = (given) => typeof given === "string";
const number = (given) => given === null || typeof given === "number";
const bounded = (rule) => Object.keys(BOUNDS).filter((name) => name in rule).length === 1 && number(rule[Object.keys(BOUNDS).find((name) => name in rule)]);
const LIMITS = Object.keys(BOUNDS);
const PERIOD = ["in_last_days", "in_last_calendar_days", "clock", "within"];
const TIMES = ["count", "never"];

const fitsWhere = (given) => given === undefined || (Array.isArray(given) && given.every((one) => isObject(one) && text(one.property) && knownOp(one, "property")));
const fitsPeriod = (rule) =>
  ["in_last_days", "in_last_calendar_days", "within"].filter((name) => name in rule).length <= 1 &&
  (!("in_last_days" in rule) || number(rule.in_last_days)) &&
  (!("in_last_calendar_days" in rule) || number(rule.in_last_calendar_days)) &&
  (!("clock" in rule) || ("in_last_calendar_days" in rule && ["company", "customer"].includes(rule.clock))) &&
  (!("within" in rule) || (isObject(rule.within) && only(rule.within, "from", "to") && text(rule.within.from) && text(rule.within.to)));
const fitsTimes = (rule) =>
  !("count" in rule && "never" in rule) &&
  (!("never" in rule) || rule.never === true) &&
  (!("count" in rule) || (isObject(rule.count) && Object.keys(rule.count).length === 1 && ["at_least", "at_most", "exactly"].includes(Object.keys(rule.count)[0]) && number(Object.values(rule.count)[0])));

const fitsMonths = (rule) => !("months" in rule) || (Array.isArray(rule.months) && rule.months.every(Number.isInteger));
const { exactly, ...UNEQUAL } = BOUNDS;

const FIELDS = {
  country: "country", region: "region", city: "city", language: "language", zone: "time zone", source: "source",
  birth_date: "birth date", created_at: "known since", last_seen_at: "last seen", email: "e-mail", phone: "phone",
  first_name: "first name", last_name: "last name", external_id: "own number", is_test: "test customer",
};
const OPEN = { "custom.": "own attribute…", "company.": "company's attribute…" };
const TYPES = { birth_date: "day", created_at: "moment", last_seen_at: "moment", is_test: "truth" };
const MEASURES = {
  count: "number of purchases", revenue: "revenue", margin: "margin", average: "average purchase", smallest: "smallest purchase",
  largest: "largest purchase", days_since_last: "days since the last purchase", days_since_first: "days since the first purchase",
  average_gap_days: "average days between purchases", times_own_gap: "days since the last, by his own gap", categories: "number of categories",
  products: "number of products", category_share: "share of a category", discount_share: "share bought with discount", returned_share: "share returned",
};
const AGES = ["days_since_last", "days_since_first"];
const RHYTHM = ["average_gap_days", "times_own_gap"];
const SHARES = ["category_share", "discount_share", "returned_share"];
const BY_CATEGORY = ["count", "revenue", "margin", "average", "products", "category_share", "discount_share", ...AGES];
const HOWS = { sum: "sum", average: "average", smallest: "smallest", largest: "largest", distinct: "number of different" };
const MESSAGES = { sent: "sent", delivered: "delivered", opened: "opened", clicked: "clicked", bounced: "bounced", complained: "marked as spam" };
const TECHNOLOGY = { device: "device", system: "system", browser: "browser", mail_client: "mail client" };
const RECORDS = {
  task: { label: "tasks", states: { any: "in any state", open: "open", overdue: "overdue", done: "done" } },
  ticket: { label: "tickets", states: { any: "in any state", open: "open", overdue: "open for two days", closed: "closed" } },
  proposal: { label: "proposals", states: { any: "in any state", open: "without an answer", stalled: "without one for a week", answered: "answered" } },
};
const events = () => ({ kind: "events" });
const eventName = (s, said, name = "event") => s.text(said, name, "event", { suggest: events, placeholder: "event" });


const KINDS = [
  {
    id: "attribute", about: "Who he is", label: "A field of the customer", icon: "user", words: "country city language birthday custom attribute company firm industry size",
    start: () => ({ attribute: "country", is: "" }),
    fits: (rule) => text(rule.attribute) && knownOp(rule, "attribute"),
    draw(s, rule) {
      const own = Object.keys(OPEN).find((prefix) => rule.attribute.startsWith(prefix));
      s.word("The").select("attribute", "field", { ...FIELDS, ...OPEN }, own ?? rule.attribute, (wanted) => {
        for (const key of Object.keys(rule)) delete rule[key];
        Object.assign(rule, { attribute: wanted, ...FIRST[TYPES[wanted] ?? "text"] });
        s.redraw();
      });
      if (own) {
        const write = (name) => (rule.attribute = `${own}${name}`);
        s.free("attribute", "name of the attribute", rule.attribute.slice(own.length), write, { suggest: () => ({ kind: own.slice(0, -1) }), placeholder: own === "company." ? "of his company" : "attribute" });
      }
      s.comparison(rule, own ? "any" : (TYPES[rule.attribute] ?? "text"), () => ({ kind: "attribute_values", attribute: rule.attribute }));
    },
  },
  {
    id: "near", about: "Who he is", label: "Lives near a place", icon: "map-pin", words: "distance kilometres location shop",
    start: () => ({ near: { latitude: 52.52, longitude: 13.405 }, within_km: 25 }),
    fits: (rule) => only(rule, "near", "within_km") && isObject(rule.near) && only(rule.near, "latitude", "longitude") && number(rule.near.latitude) && number(rule.near.longitude) && number(rule.within_km),
    draw(s, rule) {
      s.word("Is within").number(rule, "within_km", "kilometres", { suffix: "km of latitude" });
      s.inside("near").number(rule.near, "latitude", "latitude").word("longitude").number(rule.near, "longitude", "longitude");
    },
  },
  {
    id: "consent", about: "What he agreed to", label: "Said yes or no to a topic", icon: "shield-check", words: "consent permission opt in withdrawn",
    start: (choices) => ({ consent: { channel: "email", topic: choices.topics[0]?.value ?? "" }, is: "given" }),
    fits: (rule) => only(rule, "consent", "is") && isObject(rule.consent) && only(rule.consent, "channel", "topic") && text(rule.consent.channel) && text(rule.consent.topic) && ["given", "withdrawn", "unset"].includes(rule.is),
    draw(s, rule) {
      s.word("His word on").inside("consent").pick(rule.consent, "topic", "topic", s.choices.topics).word("by").pick(rule.consent, "channel", "channel", s.choices.channels);
      s.word("is").pick(rule, "is", "word", { given: "yes", withdrawn: "no", unset: "not given yet" });
    },
  },
  {
    id: "reachable", about: "What he agreed to", label: "Can be reached", icon: "mail", words: "reachable e-mail bounced",
    start: (choices) => ({ reachable: "email", topic: choices.topics[0]?.value ?? "" }),
    fits: (rule) => only(rule, "reachable", "topic") && text(rule.reachable) && text(rule.topic),
    draw: (s, rule) => s.word("Can be reached by").pick(rule, "reachable", "channel", s.choices.channels).word("about").pick(rule, "topic", "topic", s.choices.topics),
  },
  {
    id: "event", about: "What he did", label: "Did something, so often", icon: "activity", words: "event viewed clicked visited never count",
    start: () => ({ event: "", count: { at_least: 1 }, in_last_days: 30 }),
    fits: (rule) => text(rule.event) && only(rule, "event", "where", ...TIMES, ...PERIOD) && fitsTimes(rule) && fitsPeriod(rule) && fitsWhere(rule.where),
    draw(s, rule) {
      s.word("Did");
      eventName(s, rule).times(rule).period(rule).where(rule, () => rule.event);
    },
  },
  {
    id: "event-age", about: "What he did", label: "Did something, so long ago", icon: "clock", words: "event last first days ago",
    start: () => ({ event: "", last: { more_than_days_ago: 30 } }),
    fits: (rule) => {
      const which = "last" in rule ? "last" : "first";
      return text(rule.event) && isObject(rule[which]) && only(rule, "event", "where", which) && Object.keys(rule[which]).length === 1 && only(rule[which], "more_than_days_ago", "less_than_days_ago") && number(Object.values(rule[which])[0]) && fitsWhere(rule.where);
    },
    draw(s, rule) {
      const which = "last" in rule ? "last" : "first";
      const ago = Object.keys(rule[which])[0];
      s.word("The").select(which, "which", { last: "last", first: "first" }, which, (wanted) => { const kept = rule[which]; delete rule[which]; rule[wanted] = kept; s.redraw(); });
      eventName(s, rule).word("was").select(`${which}.${ago}`, "how long ago", { more_than_days_ago: "more than", less_than_days_ago: "less than" }, ago, (wanted) => { rule[which] = { [wanted]: rule[which][ago] }; s.redraw(); });
      s.inside(which).number(rule[which], ago, "days", { least: 1, suffix: "days ago" });
      s.where(rule, () => rule.event);
    },
  },
  {
    id: "event-amount", about: "What he did", label: "A number from what he did", icon: "chart-bar", words: "event sum average largest distinct property",
    start: () => ({ event: "", sum: "", at_least: 1, in_last_days: 365 }),
    fits: (rule) => {
      const hows = Object.keys(HOWS).filter((how) => how in rule);
      return text(rule.event) && hows.length === 1 && text(rule[hows[0]]) && bounded(rule) && only(rule, "event", hows[0], "where", ...LIMITS, ...PERIOD) && fitsPeriod(rule) && fitsWhere(rule.where);
    },
    draw(s, rule) {
      const how = Object.keys(HOWS).find((name) => name in rule);
      s.word("The").select(how, "made of it", HOWS, how, (wanted) => { const kept = rule[how]; delete rule[how]; rule[wanted] = kept; s.redraw(); });
      s.word("of").text(rule, how, "property", { suggest: () => ({ kind: "properties", event: rule.event }), placeholder: "property" }).word("in");
      eventName(s, rule).word("is").bound(rule).period(rule).where(rule, () => rule.event);
    },
  },
  {
    id: "event-share", about: "What he did", label: "A share of what he did", icon: "percentage", words: "event share percent",
    start: () => ({ event: "", share_where: [{ property: "", is: "" }], at_least: 0.5, in_last_days: 365 }),
    fits: (rule) => text(rule.event) && Array.isArray(rule.share_where) && rule.share_where.length > 0 && bounded(rule) && only(rule, "event", "share_where", "where", ...LIMITS, ...PERIOD) && fitsPeriod(rule) && fitsWhere(rule.where) && fitsWhere(rule.share_where),
    draw(s, rule) {
      s.word("Of his");
      eventName(s, rule).word("events, those below are").bound(rule, "share", { scale: 100, suffix: "%" }).period(rule);
      s.where(rule, () => rule.event, { name: "share_where", first: "share where" });
      s.where(rule, () => rule.event, { first: "of events where" });
    },
  },
  {
    id: "sequence", about: "What he did", label: "One thing after another", icon: "route", words: "sequence then abandoned funnel",
    start: () => ({ sequence: [{ event: "" }, { event: "", within_days: 7 }], in_last_days: 30 }),
    fits: (rule) => only(rule, "sequence", "then_not", "in_last_days") && Array.isArray(rule.sequence) && rule.sequence.length > 0 && [...rule.sequence, ...("then_not" in rule ? [rule.then_not] : [])].every(fitsStep) && (!("in_last_days" in rule) || number(rule.in_last_days)),
    draw(s, rule) {
      s.word("One after the other:");
      rule.sequence.forEach((step, place) => {
        const line = s.line().inside(`sequence[${place}]`, `Step ${place + 1}`).word(place ? "then" : "first");
        drawStep(line, step, place > 0);
        if (rule.sequence.length > 1) line.more("take out", () => { rule.sequence.splice(place, 1); delete rule.sequence[0].within_days; s.redraw(); }, `step-${place}-out`);
      });
      if (rule.then_not) {
        const line = s.line().inside("then_not", "After that not").word("then not");
        drawStep(line, rule.then_not, true);
        line.more("take out", () => { delete rule.then_not; s.redraw(); }, "not-out");
      }
      const foot = s.line();
      if (rule.sequence.length < 5) foot.more("+ then…", () => { rule.sequence.push({ event: "", within_days: 7 }); s.redraw(); }, "step-add");
      if (!rule.then_not) foot.more("+ then not…", () => { rule.then_not = { event: "", within_days: 7 }; s.redraw(); }, "not-add");
      foot.word("the first").select("in_last_days", "period", { "": "ever", in_last_days: "in the last" }, "in_last_days" in rule ? "in_last_days" : "", (wanted) => {
        if (wanted) rule.in_last_days = 30;
        else delete rule.in_last_days;
        s.redraw();
      });
      if ("in_last_days" in rule) foot.number(rule, "in_last_days", "days", { least: 1, suffix: "days" });
    },
  },
  {
    id: "orders", about: "What he bought", label: "His purchases", icon: "shopping-cart", words: "orders revenue margin count last purchase gap category discount returned",
    start: () => ({ orders: "count", at_least: 2, in_last_days: 365 }),
    fits: (rule) => text(rule.orders) && rule.orders in MEASURES && bounded(rule) && only(rule, "orders", "category", "months", ...LIMITS, ...PERIOD) && fitsPeriod(rule) && (!("category" in rule) || text(rule.category)) && fitsMonths(rule),
    draw(s, rule, { currency }) {
      const measure = rule.orders;
      s.word("The").select("orders", "measure", MEASURES, measure, (wanted) => { rule.orders = wanted; s.redraw(); });
      const category = BY_CATEGORY.includes(measure) || "category" in rule;
      const needed = measure === "category_share";
      if (category) s.word("in").text(rule, "category", "category", { suggest: () => ({ kind: "categories" }), placeholder: needed ? "category" : "any category", optional: !needed });
      const share = SHARES.includes(measure);
      const money = ["revenue", "margin", "average", "smallest", "largest"].includes(measure);
      s.word("is").bound(rule, "number", { scale: share ? 100 : 1, suffix: share ? "%" : money ? currency : "", least: money ? undefined : 0 });
      const timeless = AGES.includes(measure) || RHYTHM.includes(measure);
      if (!timeless || PERIOD.some((name) => name in rule)) s.period(rule);
      if ((!RHYTHM.includes(measure) && measure !== "returned_share") || rule.months) s.months(rule);
    },
  },
  {
    id: "percentile", about: "What he bought", label: "Among the highest or lowest", icon: "trending-up", words: "percentile top best tenth",
    start: () => ({ percentile: { orders: "revenue", in_last_days: 365 }, at_least: 90 }),
    fits: (rule) => only(rule, "percentile", ...LIMITS) && bounded(rule) && isObject(rule.percentile) && only(rule.percentile, "orders", "category", "months", ...PERIOD) && fitsMonths(rule.percentile) && rule.percentile.orders in MEASURES && fitsPeriod(rule.percentile) && (!("category" in rule.percentile) || text(rule.percentile.category)),
    draw(s, rule) {
      const of = rule.percentile;
      const inner = s.word("By").inside("percentile");
      inner.select("orders", "measure", MEASURES, of.orders, (wanted) => { of.orders = wanted; s.redraw(); });
      if (BY_CATEGORY.includes(of.orders) || "category" in of) inner.word("in").text(of, "category", "category", { suggest: () => ({ kind: "categories" }), placeholder: "any category", optional: true });
      if (![...AGES, ...RHYTHM].includes(of.orders) || PERIOD.some((name) => name in of)) inner.period(of);
      if (![...RHYTHM, "returned_share"].includes(of.orders) || of.months) inner.months(of);
      s.word("he is above").bound(rule, "percent", { known: UNEQUAL, suffix: "% of customers" });
    },
  },
  {
    id: "percentile-of", about: "What he did", label: "Among those with the most, or the least", icon: "trending-up", words: "percentile rank top best tenth event sum score attribute tickets",
    start: () => ({ percentile: { event: "", in_last_days: 365 }, at_least: 90 }),
    fits: (rule) => only(rule, "percentile", ...LIMITS) && bounded(rule) && isObject(rule.percentile) && fitsRanked(rule.percentile),
    draw(s, rule) {
      const of = rule.percentile;
      const made = Object.keys(HOWS).find((how) => how in of);
      const inner = s.word("By").inside("percentile");
      inner.select("by", "what is ranked", RANKED, made ?? Object.keys(of).find((key) => key in RANKED), (wanted) => {
        rule.percentile = ranked(wanted, of);
        s.redraw();
      });
      if ("attribute" in of) {
        const own = Object.keys(OPEN).find((prefix) => of.attribute.startsWith(prefix));
        inner.free("attribute", "name of the attribute", of.attribute.slice(own.length), (name) => (of.attribute = `${own}${name}`), { suggest: () => ({ kind: own.slice(0, -1) }), placeholder: "attribute" });
      } else if ("record" in of) {
        inner.pick(of, "record", "kind of record", Object.fromEntries(Object.entries(RECORDS).map(([name, kind]) => [name, kind.label])), { redraw: true }).pick(of, "state", "state", RECORDS[of.record].states).period(of);
      } else {
        if (made) inner.text(of, made, "property", { suggest: () => ({ kind: "properties", event: of.event }), placeholder: "property" }).word("of");
        eventName(inner, of).period(of).where(of, () => of.event);
      }
      s.line().word("he is above").bound(rule, "percent", { known: UNEQUAL, suffix: "% of those who have any" });
    },
  },
  {
    id: "rfm", about: "What he bought", label: "How lately, how often, how much", icon: "star", words: "rfm recency frequency money fifths best buyers",
    start: () => ({ rfm: { recency: [4, 5], frequency: [4, 5] } }),
    fits: (rule) => only(rule, "rfm") && isObject(rule.rfm) && Object.keys(rule.rfm).length > 0 && only(rule.rfm, "recency", "frequency", "money") && Object.values(rule.rfm).every((one) => Array.isArray(one) && one.every((fifth) => Number.isInteger(fifth) && fifth >= 1 && fifth <= 5)),
    draw(s, rule) {
      s.word("Among all buyers, in fifths (5 is the best)");
      for (const [name, text] of Object.entries({ recency: "how lately he bought", frequency: "how often", money: "for how much" })) {
        const line = s.line().inside("rfm").word(`${text}:`);
        if (!rule.rfm[name]) line.more("any; choose…", () => { rule.rfm[name] = [4, 5]; s.redraw(); }, `${name}-add`);
        else line.toggles(rule.rfm, name, text, ["1", "2", "3", "4", "5"]).more("any", () => { delete rule.rfm[name]; s.redraw(); }, `${name}-out`);
      }
    },
  },
  {
    id: "message", about: "Our messages", label: "What became of our messages", icon: "mail-opened", words: "message sent opened clicked bounced spam newsletter",
    start: () => ({ message: "opened", count: { at_least: 1 }, in_last_days: 30 }),
    fits: (rule) => rule.message in MESSAGES && only(rule, "message", "journey", "topic", ...TIMES, ...PERIOD) && fitsTimes(rule) && fitsPeriod(rule) && ["journey", "topic"].every((name) => !(name in rule) || text(rule[name])),
    draw(s, rule) {
      const optional = (name, label, any, options) => s.select(name, label, [{ value: "", label: any }, ...options], rule[name] ?? "", (wanted) => {
        if (wanted) rule[name] = wanted;
        else delete rule[name];
        s.changed();
      });
      s.word("Our message was").pick(rule, "message", "what happened", MESSAGES).word("from");
      optional("journey", "journey", "any journey", s.choices.journeys);
      s.word("about");
      optional("topic", "topic", "any topic", s.choices.topics);
      s.times(rule).period(rule);
    },
  },
  {
    id: "technology", about: "What he did", label: "Device, system, browser", icon: "device-mobile", words: "technology device phone tablet desktop system ios android windows browser chrome safari mail client outlook gmail",
    start: () => ({ technology: "device", in: ["phone"] }),
    fits: (rule) => rule.technology in TECHNOLOGY && only(rule, "technology", "is", "in", ...PERIOD) && fitsPeriod(rule) && ("is" in rule ? text(rule.is) && !("in" in rule) : Array.isArray(rule.in) && rule.in.every(text)),
    draw(s, rule) {
      if ("is" in rule) { rule.in = [rule.is]; delete rule.is; }
      s.word("Used the").pick(rule, "technology", "kind of technology", TECHNOLOGY);
      s.list(rule, "in", () => ({ kind: "property_values", event: "Device Used", property: rule.technology }), "text").period(rule);
    },
  },
  {
    id: "record", about: "Tasks", label: "Tasks, tickets, proposals", icon: "checklist", words: "task ticket complaint proposal open overdue stalled done",
    start: () => ({ record: "task", state: "open", count: { at_least: 1 } }),
    fits: (rule) => rule.record in RECORDS && rule.state in RECORDS[rule.record].states && only(rule, "record", "state", ...TIMES, ...PERIOD) && fitsTimes(rule) && fitsPeriod(rule),
    draw(s, rule) {
      const kinds = Object.fromEntries(Object.entries(RECORDS).map(([name, kind]) => [name, kind.label]));
      s.word("Has").select("record", "kind of record", kinds, rule.record, (wanted) => {
        rule.record = wanted;
        if (!(rule.state in RECORDS[wanted].states)) rule.state = "open";
        s.redraw();
      });
      s.pick(rule, "state", "state", RECORDS[rule.record].states).times(rule).word("made").period(rule);
    },
  },
  {
    id: "segment", about: "Other segments and lists", label: "Is in another segment", icon: "users-group", words: "segment",
    start: () => ({ segment: "" }),
    fits: (rule) => only(rule, "segment") && text(rule.segment),
    draw: (s, rule) => s.word("Is in the segment").pick(rule, "segment", "segment", s.choices.segments),
  },
  {
    id: "stage", about: "Other segments and lists", label: "Is in a stage of the lifecycle", icon: "refresh", words: "stage lifecycle",
    start: () => ({ stage: "" }),
    fits: (rule) => only(rule, "stage") && text(rule.stage),
    draw: (s, rule) => s.word("Is in the stage").pick(rule, "stage", "stage", s.choices.stages),
  },
  {
    id: "list", about: "Other segments and lists", label: "Is on a list", icon: "list-details", words: "list import file",
    start: () => ({ list: "" }),
    fits: (rule) => only(rule, "list") && text(rule.list),
    draw: (s, rule) => s.word("Is on the list").text(rule, "list", "list", { suggest: () => ({ kind: "lists" }), placeholder: "list" }),
  },
  {
    id: "sample", about: "Everybody and samples", label: "A share of customers by lot", icon: "scale", words: "sample random test percent",
    start: () => ({ sample: 0.1, seed: `lot-${Math.floor(Date.now() / 1000).toString(36)}` }),
    fits: (rule) => only(rule, "sample", "seed") && number(rule.sample) && text(rule.seed),
    draw: (s, rule) => s.word("Belongs to").number(rule, "sample", "share in percent", { scale: 100, least: 0, suffix: "% of all customers, the same ones for the lot" }).text(rule, "seed", "lot", { placeholder: "name of the lot" }),
  },
  {
    id: "everyone", about: "Everybody and samples", label: "Everyone", icon: "users", words: "all everyone",
    start: () => ({ everyone: true }),
    fits: (rule) => only(rule, "everyone") && rule.everyone === true,
    draw: (s) => s.word("Every customer"),
  },
];

const FIRST = { text: { is: "" }, truth: { is: true }, day: { anniversary_in_days: 7 }, moment: { in_last_days: 30 } };

const RANKED = { event: "how often he did", ...Object.fromEntries(Object.entries(HOWS).map(([how, text]) => [how, `the ${text} of`])), attribute: "the number in", record: "his number of" };
const fitsRanked = (of) => {
  if ("attribute" in of) return only(of, "attribute") && text(of.attribute) && Object.keys(OPEN).some((prefix) => of.attribute.startsWith(prefix));
  if ("record" in of) return only(of, "record", "state", ...PERIOD) && of.record in RECORDS && of.state in RECORDS[of.record].states && fitsPeriod(of);
  const made = Object.keys(HOWS).filter((how) => how in of);
  return text(of.event) && made.length < 2 && made.every((how) => text(of[how])) && only(of, "event", ...made, "where", ...PERIOD) && fitsPeriod(of) && fitsWhere(of.where);
};
function ranked(wanted, of) {
  if (wanted === "attribute") return { attribute: "custom." };
  const period = Object.fromEntries(PERIOD.filter((name) => name in of).map((name) => [name, of[name]]));
  if (wanted === "record") return { record: "task", state: "any", ...period };
  return { event: of.event ?? "", ...(wanted === "event" ? {} : { [wanted]: Object.keys(HOWS).map((how) => of[how]).find(text) ?? "" }), ...(of.where ? { where: of.where } : {}), ...period };
}

const fitsStep = (step) => isObject(step) && text(step.event) && only(step, "event", "where", "within_days") && fitsWhere(step.where) && (!("within_days" in step) || number(step.within_days));

function drawStep(line, step, later) {
  eventName(line, step);
  if (later && "within_days" in step) line.word("within").number(step, "within_days", "days", { least: 1, suffix: "days" });
  else if (later) line.more("+ within days…", () => { step.within_days = 7; line.redraw(); }, "within-add");
  line.where(step, () => step.event);
}

export const kindOf = (rule) => (isObject(rule) ? KINDS.find((kind) => kind.fits(rule)) : undefined);
export const ALL_KINDS = KINDS;
