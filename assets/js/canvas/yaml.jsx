// The same journey as a file: to read, to change, to open and to take away.

import { useEffect, useState } from "react";
import { Icon } from "./fields.jsx";
import { sent } from "./server.js";

export function Yaml({ given, journey, take }) {
  const [text, setText] = useState(null);
  const [fault, setFault] = useState("");
  const [mine, setMine] = useState(null); // the journey that the text was last taken for

  useEffect(() => {
    if (journey === mine) return;
    sent(given, given.check, journey).then((said) => setText(said.yaml), () => setFault("The server cannot be asked just now."));
  }, [journey]);

  async function read(typed) {
    setText(typed);
    try {
      const said = await sent(given, given.check, typed);
      setFault(said.readable ? "" : said.faults[0].words);
      if (!said.readable) return;
      setMine(said.data);
      take(said.data);
    } catch {
      setFault("The server cannot be asked just now. What you typed is still here.");
    }
  }
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text ?? ""], { type: "application/yaml" }));
    link.download = `${journey.slug || "journey"}.yaml`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <section className="card"><div className="card-body">
      <label className="form-label" htmlFor="j-yaml">The journey as YAML</label>
      <textarea id="j-yaml" className={`form-control code j-yaml${fault ? " is-invalid" : ""}`} rows={30} spellCheck={false} value={text ?? "…"} onChange={(event) => read(event.target.value)} aria-describedby="j-yaml-hint" />
      {fault && <span className="error-text" role="alert">{fault}</span>}
      <span className="hint" id="j-yaml-hint">What you type here is drawn on the canvas as soon as it can be read. Comments in a file do not survive saving.</span>
      <p className="head-actions mt-3 mb-0">
        <label className="btn btn-sm"><Icon name="upload" />Open a file<input className="visually-hidden" type="file" accept=".yaml,.yml,.json" onChange={async (event) => { const [file] = event.target.files; if (file) await read(await file.text()); }} /></label>
        <button type="button" className="btn btn-sm" onClick={download}><Icon name="download" />Download</button>
      </p>
    </div></section>
  );
}
