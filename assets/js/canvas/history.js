// The journey with what it was before, for undo and redo. Typing on in one field is one change.

import { useCallback, useReducer } from "react";

const MOST = 200;

function step(state, act) {
  switch (act.type) {
    case "change": {
      const now = act.make(state.now);
      if (now === state.now) return state;
      const past = act.tag && act.tag === state.tag ? state.past : [...state.past, state.now].slice(-MOST);
      return { past, now, future: [], tag: act.tag ?? null };
    }
    case "undo":
      return state.past.length ? { past: state.past.slice(0, -1), now: state.past.at(-1), future: [state.now, ...state.future], tag: null } : state;
    case "redo":
      return state.future.length ? { past: [...state.past, state.now], now: state.future[0], future: state.future.slice(1), tag: null } : state;
    default:
      return state;
  }
}

export function useHistory(start) {
  const [state, send] = useReducer(step, start, (now) => ({ past: [], now, future: [], tag: null }));
  const change = useCallback((make, tag) => send({ type: "change", make, tag }), []);
  const undo = useCallback(() => send({ type: "undo" }), []);
  const redo = useCallback(() => send({ type: "redo" }), []);
  return { now: state.now, change, undo, redo, canUndo: state.past.length > 0, canRedo: state.future.length > 0 };
}
