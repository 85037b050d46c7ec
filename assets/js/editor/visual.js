// The visual editor: GrapesJS with MJML. It gets the body of the message; the head stays as it is written.

import grapesjs from "grapesjs";
import mjml from "grapesjs-mjml";
import { withHead } from "./drawing.js";
import { headOf } from "./head.js";
import { bodyOf, forMarkup, fromMarkup, pieces, tidy } from "./liquid.js";
import { NAMES, reachable } from "./panels.js";

export function visualEditor(box, blocks, changed) {
  let source = "";
  let head = headOf("");
  let drawn = ""; // what it wrote of an unchanged text
  let loading = true;
  const editor = grapesjs.init({
    container: box,
    height: "36rem",
    width: "auto",
    fromElement: false,
    storageManager: false,
    telemetry: false,
    noticeOnUnload: false,
    cssIcons: "",
    i18n: { messagesAdd: NAMES },
    avoidInlineStyle: false,
    deviceManager: { devices: [{ id: "wide", name: "Wide", width: "" }, { id: "phone", name: "Phone", width: "375px", widthMedia: "480px" }] },
    assetManager: { upload: false, dropzone: false },
    plugins: [(made) => (mjml.default ?? mjml)(made, {
      fonts: {}, useCustomTheme: false, useXmlParser: true, resetBlocks: true, columnsPadding: "", customComponents: [withHead(() => head)],
    })],
  });
  for (const block of blocks) {
    editor.Blocks.add(`own-${block.slug}`, { label: block.name, content: forMarkup(block.mjml), category: block.own ? "Your blocks" : "Ready blocks" });
  }
  editor.onReady(() => reachable(box));
  editor.on("update", () => {
    if (!loading) changed();
  });
  const written = () => fromMarkup(editor.getHtml());

  return {
    editor,
    // Shows a text. Gives words where the visual editor would lose something: then it must be written as code.
    show(text) {
      const body = bodyOf(text);
      if (!body) return "There is no <mj-body> yet: write it as code first.";
      loading = true;
      source = text;
      head = headOf(text);
      try {
        editor.setComponents(`<mjml>${forMarkup(body)}</mjml>`);
      } catch (fault) {
        return `The visual editor cannot read it (${fault.message}). Mend it as code.`;
      }
      if (written().includes("<parsererror")) return "A tag or a sign in it is not well-formed, so the visual editor cannot read it. Mend it as code.";
      const kept = pieces(bodyOf(written()) ?? "");
      const wanted = pieces(body);
      const lost = wanted.find((piece, place) => kept[place] !== piece);
      if (lost !== undefined || kept.length !== wanted.length) {
        return `The visual editor would lose “${lost ?? "some Liquid"}” where it stands. Write this one as code.`;
      }
      drawn = written();
      setTimeout(() => { editor.UndoManager.clear(); loading = false; }, 0);
      return "";
    },
    // The whole text: as it was, byte by byte, while nothing was changed here.
    text() {
      const now = written();
      if (now === drawn) return source;
      const body = bodyOf(now);
      return body ? source.replace(bodyOf(source), () => tidy(body)) : source;
    },
    // Elements of the head whose effect this does not show.
    undrawn: () => head.undrawn,
    insert(block) {
      editor.getWrapper().findType("mj-body")[0]?.append(forMarkup(block));
    },
    selection: () => { const chosen = editor.getSelected(); return chosen ? fromMarkup(chosen.toHTML()) : ""; },
  };
}
