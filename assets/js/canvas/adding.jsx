// The dialog in which one chooses what a new step does, and where it goes.

import { useContext, useEffect, useRef, useState } from "react";
import { Form, Icon } from "./fields.jsx";
import { ENTRY, KINDS, stepsOf, waysOf } from "./model.js";

export function Adding({ asked, journey, add, close }) {
  const { sprite } = useContext(Form);
  const dialog = useRef(null);
  const [picked, setPicked] = useState(null);
  const ways = !asked?.from ? [] : asked.from === ENTRY ? [{ id: "start", label: "" }] : waysOf(stepsOf(journey)[asked.from]);
  // Known at once: whoever presses Enter before the next drawing gets the way that he will see.
  const way = picked ?? asked?.way ?? ways.find((one) => one.target === undefined)?.id ?? ways[0]?.id ?? "";
  useEffect(() => {
    if (!asked) {
      setPicked(null);
      return dialog.current.close();
    }
    dialog.current.showModal();
    dialog.current.querySelector("[data-kind]")?.focus();
    return undefined;
  }, [asked]);
  const walk = (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!by || !event.target.matches("[data-kind]")) return;
    event.preventDefault();
    const all = [...dialog.current.querySelectorAll("[data-kind]")];
    all[(all.indexOf(event.target) + by + all.length) % all.length].focus();
  };
  return (
    <dialog className="ask j-adding" ref={dialog} aria-labelledby="j-adding-title" onClose={close} onKeyDown={walk}>
      <div className="b-chooser-head"><h2 id="j-adding-title">What should the new step do?</h2><button type="button" className="btn btn-icon" onClick={close} aria-label="Close"><svg className="icon" aria-hidden="true"><use href={`${sprite}#x`} /></svg></button></div>
      {asked?.from && <p className="quiet">{ways.length ? `After “${asked.from === ENTRY ? "the entry" : asked.from}”${ways.length === 1 ? "" : ", when"}` : "It stands by itself until something leads to it."}</p>}
      {ways.length > 1 && <div className="form-row"><label className="form-label">Which way<select className="form-select" value={way} onChange={(event) => setPicked(event.target.value)}>{ways.map((one) => <option key={one.id} value={one.id}>{one.label || one.id}</option>)}</select></label></div>}
      <div className="j-kinds">{asked && Object.entries(KINDS).map(([kind, { label, icon }]) => <button key={kind} type="button" className="menu-item" data-kind={kind} onClick={() => add(kind, ways.length ? asked.from : null, way)}><Icon name={icon} />{label}</button>)}</div>
    </dialog>
  );
}
