// What the server says of the journey while one writes, and keeping it.

import { useEffect, useRef, useState } from "react";
import { forget } from "./draft.js";

export async function sent(given, address, definition, places) {
  return posted(given, address, { definition: typeof definition === "string" ? definition : JSON.stringify(definition), version: given.version ?? "", places: JSON.stringify(places ?? {}) });
}

async function posted(given, address, fields) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", given.token);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (answer.redirected || !answer.headers.get("content-type")?.includes("json")) throw new Error(String(answer.status));
  return answer.json();
}

// The faults of the journey, asked a moment after the last change.
export function useChecked(given, journey) {
  const [said, setSaid] = useState({ faults: given.faults, notes: given.notes, waiting: false });
  const latest = useRef(null);
  useEffect(() => {
    const own = {};
    latest.current = own;
    const first = journey === given.journey;
    if (first) return setSaid({ faults: given.faults, notes: given.notes, waiting: false });
    setSaid((was) => ({ ...was, waiting: true }));
    const timer = setTimeout(async () => {
      try {
        const { faults, notes } = await sent(given, given.check, journey);
        if (latest.current === own) setSaid({ faults, notes, waiting: false });
      } catch {
        if (latest.current === own) setSaid((was) => ({ ...was, notes: ["The server cannot be asked just now. What you do here is kept in this browser."], waiting: false }));
      }
    }, 300);
    return () => clearTimeout(timer);
  }, [journey]);
  return said;
}

// Where steps were dragged to: kept a moment after the last move, for everybody, without a new version.
export function useArranging(given, moved) {
  const kept = useRef(moved);
  useEffect(() => {
    if (!given.arrange || moved === kept.current) return undefined;
    const timer = setTimeout(() => {
      kept.current = moved;
      // Without an answer they stay in the draft, and go with the next move or save.
      posted(given, given.arrange, { places: JSON.stringify(moved) }).catch(() => {});
    }, 400);
    return () => clearTimeout(timer);
  }, [moved]);
}

export function useSaving(given, dirty) {
  const [state, setState] = useState({ busy: false, fault: "" });
  const left = useRef(false);
  useEffect(() => {
    const warn = (event) => { if (dirty && !left.current) event.preventDefault(); };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
  async function save(journey, moved) {
    setState({ busy: true, fault: "" });
    try {
      const said = await sent(given, window.location.href, journey, moved);
      if (!said.url) return setState({ busy: false, fault: said.fault });
      left.current = true;
      forget(given.slug);
      window.location.assign(said.url);
    } catch {
      setState({ busy: false, fault: "It could not be saved: the server did not answer as it should. Nothing is lost; try again." });
    }
    return undefined;
  }
  return { ...state, save };
}

export function useNarrow() {
  const query = useRef(window.matchMedia("(max-width: 767.98px)")).current;
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const turned = () => setNarrow(query.matches);
    query.addEventListener("change", turned);
    return () => query.removeEventListener("change", turned);
  }, [query]);
  return narrow;
}
