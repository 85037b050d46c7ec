// How the canvas draws: GrapesJS's components of MJML, with what the head gives them.

import { givenTo } from "./head.js";

// A plugin's component module. `head()` tells what the head says now.
export const withHead = (head) => (editor) => {
  const { Components } = editor;
  const given = (model) => givenTo(head(), model.get("tagName"), model.get("attributes")?.["mj-class"]);
  for (const { id } of [...Components.getTypes()]) {
    if (!id.startsWith("mj-")) continue;
    const drawn = Components.getType(id).model.prototype.getMjmlAttributes;
    if (!drawn) continue;
    Components.addType(id, {
      model: {
        // The plugin writes MJML's defaults into each element, where they hide what the head gives, and takes
        // attributes that are like a default out of the text, where they may be there because of the head.
        defaults: { "style-default": {} },
        getMjmlAttributes() {
          return { ...given(this), ...drawn.call(this) };
        },
      },
    });
  }
  // The height stands on the element inside, which the plugin would overwrite.
  Components.addType("mj-spacer", { view: { getChildrenSelector: () => "td > div" } });
  const style = Components.getType("mj-column").view.prototype.renderStyle;
  Components.addType("mj-column", {
    view: {
      // A column is drawn by its styles, not by its attributes.
      renderStyle() {
        const own = this.model.get("style");
        this.model.set({ style: { ...given(this.model), ...own } }, { silent: true });
        style.call(this);
        this.model.set({ style: own }, { silent: true });
      },
    },
  });
};
