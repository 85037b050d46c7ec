// The screen on which a journey is drawn and written.

import "../css/canvas.css";
import { createRoot } from "react-dom/client";
import { chooser } from "./builder/chooser.js";
import { useSprite } from "./builder/dom.js";
import { useSuggestions } from "./builder/suggestions.js";
import { Editor } from "./canvas/editor.jsx";

const at = document.getElementById("canvas");
if (at) {
  const given = JSON.parse(document.getElementById("canvas-given").textContent);
  given.token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  useSprite(given.sprite);
  useSuggestions(given.suggest, document.getElementById("words"));
  createRoot(at).render(<Editor given={given} choose={chooser(document.getElementById("chooser"))} />);
}
