// The screen on which a segment is written: the builder, the same rule as YAML, and what it says beside them.
// The text area is what the form sends; the builder writes into it, and is made anew from what is typed there.

import { chooser } from "./builder/chooser.js";
import { make, useSprite } from "./builder/dom.js";
import { incomplete, showEmpty, showFault, showHints } from "./builder/draw.js";
import { ruleEditor } from "./builder/editor.js";
import { useSuggestions } from "./builder/suggestions.js";
import { pathsOf } from "./builder/tree.js";

const form = document.querySelector("form[data-builder]");
if (form) begin(form);

function begin(form) {
  const at = (name) => form.querySelector(`[data-${name}]`);
  const given = (name) => JSON.parse(document.getElementById(name).textContent);
  const box = at("canvas");
  const text = form.elements.namedItem("definition");
  const panel = document.getElementById("preview");
  const told = at("told");
  const facts = { choices: given("builder-choices"), ready: given("builder-ready"), currency: form.dataset.currency };
  useSprite(form.dataset.sprite);
  useSuggestions(form.dataset.suggest, at("words"));
  const choose = chooser(document.getElementById("chooser"));
  const NOTHING = { all: [] };
  text.required = false; // where it is hidden, the browser could not show what it asks for: we say it
  let typed = given("builder-rule") === null && text.value.trim() !== ""; // the YAML was changed since the builder was drawn
  const editor = ruleEditor(box, { rule: given("builder-rule") ?? NOTHING, facts, choose, say, taken, changed: () => { write(); ask(); } });

  function write() {
    text.value = editor.empty ? "" : JSON.stringify(editor.rule(), null, 2);
    typed = false;
  }

  const hinted = () => showHints(box, pathsOf(editor.root), [...panel.querySelectorAll("[data-hint]")].map((one) => one.dataset));

  function say(words, { canUndo = false } = {}) {
    told.querySelector("span").textContent = words;
    told.querySelector("button").hidden = !canUndo;
  }
  told.querySelector("button").addEventListener("click", editor.undo);

  // What the rule says and whom it meets, asked a moment after the last change.
  let waiting;
  let running;
  let drawing = "";
  function ask(after = 400) {
    clearTimeout(waiting);
    const lacking = showing() === "builder" && !typed ? incomplete(box) : 0;
    panel.classList.add("b-stale");
    if (lacking) {
      running?.abort();
      showFault(box, new Map(), "", "");
      showHints(box, new Map(), []);
      panel.classList.remove("b-stale");
      const [are, them] = lacking === 1 ? ["place is", "it"] : ["places are", "them"];
      const words = editor.empty ? "Nothing yet. As soon as there is a condition, what it says in words and how many customers it meets stand here." : `${lacking} ${are} still empty. Fill ${them} in to see whom the rule meets.`;
      panel.replaceChildren(make("p", { class: "quiet m-0", text: words }));
      brief();
      return Promise.resolve(null);
    }
    return new Promise((done) => { waiting = setTimeout(() => fetched().then(done), after); });
  }

  async function fetched() {
    running?.abort();
    running = new AbortController();
    const sent = text.value;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
    body.set("definition", sent);
    body.set("slug", form.dataset.slug);
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body, signal: running.signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const said = await answer.json();
      if (text.value === sent) shown(said);
      return said;
    } catch (fault) {
      if (fault.name !== "AbortError") panel.replaceChildren(make("p", { class: "error-text m-0", text: "The preview could not be fetched. What you typed is still here." }));
      return null;
    }
  }

  function shown(said) {
    const open = [...panel.querySelectorAll("details[open]")].map((one) => one.dataset.keep);
    panel.innerHTML = said.html;
    for (const one of panel.querySelectorAll("details")) one.open = open.includes(one.dataset.keep);
    panel.classList.remove("b-stale");
    const count = panel.querySelector("[data-count]")?.textContent;
    if (count && count !== drawing) at("heard").textContent = `${count} meet it now.`;
    drawing = count ?? drawing;
    brief();
    if (!typed) {
      if (said.yaml) text.value = said.yaml;
      showFault(box, pathsOf(editor.root), said.path, said.plain);
      hinted();
    } else if (said.readable) fill(said.fields);
  }

  // On a phone the answer stands far below: its figure goes beside the button.
  function brief() {
    const short = at("short");
    short.hidden = false;
    short.textContent = panel.querySelector("[data-count]")?.textContent ?? (panel.querySelector("[data-fault]") ? "Something is wrong" : "Not complete yet");
  }

  // A whole file was pasted or opened: what it says besides the rule goes into the form.
  function fill(fields, { over = false } = {}) {
    for (const [name, value] of Object.entries(fields ?? {})) {
      const input = form.elements.namedItem(name);
      if (input && (over || input.value === "")) input.value = value;
    }
  }

  // What a ready segment says goes where nothing was typed, or where another ready one said something.
  let put = {};
  function taken(ready) {
    for (const name of ["name", "goal", "action"]) {
      const input = form.elements.namedItem(name);
      if (input.value === "" || input.value === put[name]) input.value = ready[name];
    }
    put = ready;
  }

  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-mend]")) box.querySelector("[aria-invalid]")?.focus();
  });

  // Tabs.
  const tabs = [...form.querySelectorAll("[role=tab]")];
  const showing = () => tabs.find((tab) => tab.getAttribute("aria-selected") === "true")?.dataset.tab;
  function show(name) {
    form.elements.namedItem("tab").value = name;
    form.dataset.showing = name;
    for (const tab of tabs) {
      const here = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !here;
    }
  }
  async function turn(name) {
    if (name === "builder" && typed && !(await rebuilt())) return;
    say("");
    show(name);
  }
  async function rebuilt() {
    if (text.value.trim() === "") {
      editor.begin(NOTHING);
      typed = false;
      ask();
      return true;
    }
    const said = await ask(0);
    if (!said?.readable || said.rule === null || typeof said.rule !== "object") {
      say("The code cannot be read as a rule yet, so the builder cannot show it. Mend it first.");
      return false;
    }
    fill(said.fields);
    editor.begin(said.rule);
    typed = false;
    text.value = said.yaml;
    showFault(box, pathsOf(editor.root), said.path, said.plain);
    hinted();
    return true;
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => turn(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
      other.focus();
      turn(other.dataset.tab);
    });
  }
  text.addEventListener("input", () => { typed = true; ask(); });
  at("file").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    text.value = await file.text();
    typed = true;
    const said = await ask(0);
    fill(said?.fields, { over: true });
    say(said?.readable ? `${file.name} is open. Save to keep it.` : `${file.name} cannot be read.`);
    event.target.value = "";
  });

  // What is half written is not saved, and not left without a word.
  const whole = () => new URLSearchParams(new FormData(form)).toString().replace(/(^|&)(tab|csrfmiddlewaretoken)=[^&]*/g, "");
  let saved = "";
  form.addEventListener("submit", (event) => {
    if (showing() !== "builder" || typed || !incomplete(box)) { saved = null; return; }
    event.preventDefault();
    say(editor.empty ? "Not saved: it says of nobody yet who belongs to it. Choose a condition first." : "Not saved: a place is still empty. Fill it in, or remove the condition.");
    (showEmpty(box) ?? box).focus();
  });
  window.addEventListener("beforeunload", (event) => { if (saved !== null && whole() !== saved) event.preventDefault(); });

  for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
  editor.draw();
  show(typed || form.elements.namedItem("tab").value === "yaml" ? "yaml" : "builder");
  brief();
  const first = panel.querySelector("[data-fault]");
  if (first && !typed) showFault(box, pathsOf(editor.root), first.dataset.path, first.dataset.plain);
  if (!typed) hinted();
  saved = form.querySelector("[role=alert].failed") ? "" : whole(); // what came back with a fault was never saved
}
