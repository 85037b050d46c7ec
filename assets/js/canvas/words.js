// What a step says on the canvas, in few words.

import { KINDS, dateOf, kindOf } from "./model.js";

const plain = (text) => String(text ?? "").replaceAll(/[_-]/g, " ");
const spelled = (count, unit) => (count ? `${count} ${count === 1 ? unit.slice(0, -1) : unit}` : "");

export function look(name, step, choices) {
  const kind = kindOf(step);
  const { label = "Not a known step", icon = "alert-triangle" } = KINDS[kind] ?? {};
  const [title, detail] = (WORDS[kind] ?? (() => [label, ""]))(step, name, choices);
  return { kind, icon, label, title: title || label, detail };
}

const WORDS = {
  message: (step, _name, choices) => {
    const slugs = step.arms?.length ? step.arms.map((arm) => arm?.template) : [step.template];
    const title = choices.templates.find((one) => one.value === slugs[0])?.label ?? slugs[0];
    return [title || "A message without a text", [slugs.length > 1 ? `${slugs.length} texts under test` : "message", step.if ? "only if…" : ""].filter(Boolean).join(", ")];
  },
  wait: (step, name) => {
    const span = [spelled(step.days, "days"), spelled(step.hours, "hours"), spelled(step.minutes, "minutes")].filter(Boolean).join(" ");
    const until = step.at ? `until ${(step.weekdays ?? []).join(" or ")} ${step.at}`.replace("  ", " ") : "";
    return [`Wait ${[span, until].filter(Boolean).join(", then ")}`, plain(name)];
  },
  "wait-until": (step, name) => {
    const days = Number(step.until?.days ?? 0);
    const what = plain(step.until?.attribute || step.until?.property || "a date");
    const when = days ? `${spelled(Math.abs(days), "days")} ${days > 0 ? "after" : "before"} ` : "";
    return [`Wait until ${when}${what}`, plain(name)];
  },
  "wait-event": (step) => [`Wait for ${step.event || "an event"}`, `at most ${spelled(step.timeout_days, "days") || spelled(step.timeout_hours, "hours") || "…"}`],
  branch: (step, name) => [plain(name), step.where ? "on its own event" : "is it so?"],
  split: (step, name) => [plain(name), `by lot, ${spelled(step.ways?.length ?? 0, "ways")}`],
  task: (step) => [step.title, `task for ${step.assignee || "anyone"}`],
  notify: (step) => [step.text, `word to ${step.to === "owner" ? "the customer's owner" : step.to || "nobody yet"}`],
  update: (step) => [[...Object.entries(step.set ?? {}).map(([key, value]) => `${plain(key)} = ${value ?? "nothing"}`), ...(step.join ?? []).map((one) => `joins ${one}`), ...(step.leave ?? []).map((one) => `leaves ${one}`)].join(", "), "update"],
  webhook: (step) => ["Call another system", step.url],
  exit: (_step, name) => ["The end", plain(name)],
};

const MOMENTS = { "order.completed_at": "an order was completed", "order.placed_at": "an order was placed", "deal.sent_at": "a proposal was sent" };

function dateWords(entry) {
  const of = dateOf(entry);
  const name = of ? plain(entry.date.slice(of.length + 1)) : plain(entry.date);
  const what = MOMENTS[entry.date] ?? (of ? `${name || "a date"} of ${of === "order" ? "an order" : "a deal"}` : name || "a date");
  const days = Number(entry.days ?? 0);
  return days ? `${spelled(Math.abs(days), "days")} ${days > 0 ? "after" : "before"} ${what}` : `On ${what}`;
}

export function entryWords(entry) {
  if (!entry || typeof entry !== "object") return ["Nobody enters yet", "say who, and when"];
  if (entry.once) return [`Once, on ${entry.once.date || "…"}`, entry.segment ? `those in “${entry.segment}”` : "everybody"];
  if (entry.schedule) return ["On a schedule", entry.segment ? `those in “${entry.segment}”` : "everybody"];
  if (entry.date !== undefined) return [dateWords(entry), dateOf(entry) && !entry.segment ? `each ${dateOf(entry)} by itself` : entry.segment ? `those in “${entry.segment}”` : "everybody"];
  if (entry.segment !== undefined) return [`${entry.on === "left" ? "Leaves" : "Enters"} “${entry.segment || "…"}”`, "segment"];
  return [entry.event || "An event", "when it happens"];
}
