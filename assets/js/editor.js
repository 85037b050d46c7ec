// The screen on which a message is written: as code or visually, the same text; what it looks like and its review beside.

import "../css/editor.css";
import "grapesjs/dist/css/grapes.min.css";
import { make } from "./builder/dom.js";
import { codeEditor } from "./editor/code.js";
import { visualEditor } from "./editor/visual.js";

const form = document.querySelector("form[data-editor]");
if (form) begin(form);

function begin(form) {
  const at = (name) => form.querySelector(`[data-${name}]`);
  const field = (name) => form.elements.namedItem(name);
  const blocks = JSON.parse(document.getElementById("editor-blocks").textContent);
  const frame = at("shown");
  let visual = null;
  let showing = "code";
  let last = { text: "" };
  const code = codeEditor(field("mjml"), () => { if (showing === "code") ask(); });

  const current = () => (showing === "visual" ? visual.text() : code.text());
  const say = (words) => { at("told").textContent = words; };

  // One request a moment after the last change; an older answer never replaces a newer one.
  let waiting;
  let running;
  function ask(after = 500) {
    clearTimeout(waiting);
    waiting = setTimeout(fetched, after);
  }
  function body() {
    const sent = new FormData();
    for (const name of ["csrfmiddlewaretoken", "language", "customer", "subject", "preheader", "look", "segment", "name"]) sent.set(name, field(name)?.value ?? "");
    sent.set("mjml", current());
    sent.set("text", field("own_text").checked ? field("text").value : "");
    return sent;
  }
  async function post(address, sent, more = {}) {
    const answer = await fetch(address, { method: "POST", body: sent, headers: { Accept: "application/json" }, ...more });
    if (answer.redirected || !(answer.headers.get("Content-Type") ?? "").includes("json")) throw new Error(String(answer.status));
    return answer.json();
  }
  async function fetched() {
    running?.abort();
    running = new AbortController();
    try {
      shown(await post(form.dataset.live, body(), { signal: running.signal }));
    } catch (fault) {
      if (fault.name !== "AbortError") at("review").replaceChildren(make("p", { class: "error-text m-0", text: "The review could not be fetched. What you typed is still here." }));
    }
  }
  function shown(said) {
    at("review").innerHTML = said.review;
    code.faults(said.faults);
    if (said.customer) {
      at("customer").textContent = said.customer.name;
      field("customer").value = said.customer.id;
    }
    if (said.html === undefined) return;
    last = said;
    at("subject").textContent = said.subject;
    at("preheader").textContent = field("preheader").value.replace(/\{[{%].*?[%}]\}/g, "");
    frame.srcdoc = said.html;
    at("text").textContent = said.text;
    if (!field("own_text").checked) field("text").value = said.text;
  }

  // Code and visual are two ways to the same text.
  const tabs = [...form.querySelectorAll("[role=tab]")];
  function turn(name) {
    if (name === showing) return;
    if (name === "visual") {
      document.getElementById("panel-visual").hidden = false;
      visual ??= visualEditor(at("visual"), blocks, ask);
      const wrong = visual.show(code.text());
      if (wrong) {
        document.getElementById("panel-visual").hidden = true;
        say(wrong);
        return;
      }
      tellUndrawn(visual.undrawn());
    } else {
      const text = visual.text();
      showing = name;
      code.set(text);
    }
    showing = name;
    say("");
    for (const tab of tabs) {
      const here = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !here;
    }
  }
  function tellUndrawn(tags) {
    at("undrawn").hidden = !tags.length;
    at("undrawn").textContent = `Not drawn here, and kept as it is in the head: ${tags.join(", ")}. The preview shows the message.`;
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
  form.addEventListener("submit", () => { field("mjml").value = current(); });

  // Blocks.
  const chooser = at("block");
  const list = () => chooser.replaceChildren(...blocks.map((one) => make("option", { value: one.slug, text: one.own ? `${one.name} (yours)` : one.name })));
  list();
  const insert = (mjml) => {
    if (showing === "visual") { visual.insert(mjml); ask(); } else code.insert(mjml);
  };
  const acts = {
    insert: () => insert(blocks.find((one) => one.slug === chooser.value).mjml),
    links: async () => {
      at("links-told").textContent = "Asking…";
      at("links-told").textContent = (await post(form.dataset.links, body())).words;
      ask(0);
    },
    test: async (button) => {
      const sent = body();
      sent.set("to", button.dataset.to);
      button.disabled = true;
      at("test-told").textContent = "Sending…";
      try { at("test-told").textContent = (await post(form.dataset.test, sent)).words; } finally { button.disabled = false; }
    },
  };
  for (const button of form.querySelectorAll("[data-act]")) button.addEventListener("click", () => acts[button.dataset.act](button));

  const keep = document.querySelector("form[data-keep]");
  keep.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const sent = new FormData();
    sent.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
    sent.set("name", keep.querySelector("#block-name").value);
    sent.set("mjml", showing === "visual" ? visual.selection() : code.selection());
    const said = await post(form.dataset.blocks, sent);
    keep.querySelector("[data-fault]").textContent = said.fault ?? "";
    if (said.fault) return;
    const known = blocks.findIndex((one) => one.own && one.slug === said.slug);
    if (known >= 0) blocks[known] = said; else blocks.push(said);
    list();
    chooser.value = said.slug;
    keep.closest("dialog").close();
    say(`${said.name} is among the blocks.`);
  });

  // Images.
  const picture = document.querySelector("form[data-image]");
  const part = (name) => picture.querySelector(`#image-${name}`);
  part("known")?.addEventListener("change", (event) => { part("alt").value = event.target.selectedOptions[0].dataset.alt ?? ""; });
  picture.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    let said = { path: part("known")?.value, alt: part("alt").value };
    if (!said.path) {
      const sent = new FormData();
      sent.set("csrfmiddlewaretoken", field("csrfmiddlewaretoken").value);
      sent.set("alt", said.alt);
      if (part("file").files[0]) sent.set("file", part("file").files[0]);
      said = await post(form.dataset.upload, sent);
    }
    picture.querySelector("[data-fault]").textContent = said.fault ?? "";
    if (said.fault) return;
    const alt = said.alt.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
    insert(`<mj-section background-color="#ffffff" padding="8px 0">\n  <mj-column>\n    <mj-image src="${said.path}" alt="${alt}" padding="0 32px" />\n  </mj-column>\n</mj-section>`);
    picture.closest("dialog").close();
  });

  // As whom, on what screen.
  const finder = at("find");
  const people = document.getElementById("people");
  let typing;
  finder.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const answer = await fetch(`${finder.dataset.find}?text=${encodeURIComponent(finder.value)}`);
      if (answer.ok && !answer.redirected) people.innerHTML = await answer.text();
    }, 250);
  });
  finder.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  people.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-person]");
    if (!chosen) return;
    event.preventDefault();
    field("customer").value = chosen.dataset.person;
    people.replaceChildren();
    finder.value = "";
    ask(0);
  });
  at("width").addEventListener("change", (event) => {
    frame.classList.toggle("e-narrow", event.target.value === "narrow");
    frame.hidden = event.target.value === "text";
    at("text").hidden = !frame.hidden;
    at("text").textContent = last.text ?? "";
  });
  for (const name of ["subject", "preheader", "text"]) field(name).addEventListener("input", () => ask());
  for (const name of ["look", "segment", "own_text"]) field(name).addEventListener("change", () => ask(0));
  const own = () => { field("text").readOnly = !field("own_text").checked; };
  field("own_text").addEventListener("change", own);
  own();

  for (const hidden of form.querySelectorAll("[data-scripted]")) hidden.hidden = false;
  ask(0);
}
