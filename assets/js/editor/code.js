// The code editor: line numbers, colours, undo, and the faults beside their lines. The text area stays what is sent.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: tags.tagName, color: "var(--tone-a)" },
  { tag: tags.angleBracket, color: "var(--tone-quiet)" },
  { tag: tags.attributeName, color: "var(--tone-b)" },
  { tag: tags.attributeValue, color: "var(--tone-f)" },
  { tag: tags.comment, color: "var(--tone-quiet)" },
]);

export function codeEditor(area, changed) {
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), lintGutter(), html({ autoCloseTags: true }),
        syntaxHighlighting(colours), EditorView.lineWrapping,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "MJML and Liquid", spellcheck: "false" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          changed();
        }),
      ],
    }),
  });
  view.scrollDOM.tabIndex = 0; // it scrolls, so the keyboard must reach it
  area.after(view.dom);
  area.hidden = true;
  return {
    view,
    text: () => view.state.doc.toString(),
    set(text) {
      if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    selection() { const { from, to } = view.state.selection.main; return view.state.sliceDoc(from, to); },
    // After the section that holds the cursor, so that a block never lands inside another.
    insert(mjml) {
      const text = view.state.doc.toString();
      const cursor = view.state.selection.main.head;
      const end = /<\/mj-(?:section|wrapper|hero)>/g;
      end.lastIndex = cursor;
      const found = end.exec(text);
      const last = text.lastIndexOf("</mj-body>");
      const place = found ? found.index + found[0].length : last < 0 ? text.length : last;
      const block = `\n    ${mjml.trim().replaceAll("\n", "\n    ")}${found ? "" : "\n  "}`;
      view.dispatch({ changes: { from: place, insert: block }, selection: { anchor: place + block.length }, scrollIntoView: true });
      view.focus();
    },
    faults(found) {
      const lines = view.state.doc.lines;
      const marks = found.filter((fault) => fault.part === "mjml").map((fault) => {
        const line = view.state.doc.line(Math.min(Math.max(fault.line ?? 1, 1), lines));
        return { from: line.from, to: line.to, severity: "error", message: fault.words };
      });
      view.dispatch(setDiagnostics(view.state, marks));
    },
  };
}
