// Liquid inside MJML for tools that know only markup, and back. Attributes keep their quotes, text its signs.

const PIECE = /\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g;
const TAG_OR_LIQUID = /<!--[\s\S]*?-->|<[a-zA-Z/](?:\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}|[^>{]|\{(?![{%]))*>|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}/g;
const BODY = /<mj-body\b[\s\S]*<\/mj-body>/;

// Every piece of Liquid, with its quotes made alike: what must be the same before and after.
export const pieces = (text) => (text.match(PIECE) ?? []).map((piece) => piece.replaceAll('"', "'").replace(/\s+/g, " "));

// The head is passed over: its mj-attributes may name mj-body, too.
export function bodyOf(source) {
  return BODY.exec(source.slice(Math.max(source.lastIndexOf("</mj-head>"), 0)))?.[0] ?? null;
}

// Names of signs that XML does not know become the signs; tags that HTML leaves open are closed.
const NAMED = /&(?!amp;|lt;|gt;|quot;|apos;|#)(\w+);/g;
const OPEN = /<(br|hr|img|wbr)\b((?:"[^"]*"|'[^']*'|[^>"'])*?)\s*\/?>/g;

function sign(name) {
  const text = new DOMParser().parseFromString(`&${name};`, "text/html").body.textContent;
  return text.startsWith("&") ? `&amp;${name};` : text;
}

export function forMarkup(source) {
  return closed(source).replace(NAMED, (_, name) => sign(name)).replace(OPEN, "<$1$2/>");
}

function closed(source) {
  return source.replace(TAG_OR_LIQUID, (found) => {
    if (found.startsWith("{")) return found.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    return found.replace(PIECE, (piece) => piece.replaceAll('"', "'").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));
  });
}

export function fromMarkup(markup) {
  const plain = { "&lt;": "<", "&gt;": ">", "&quot;": "'", "&#39;": "'", "&#039;": "'", "&apos;": "'", "&amp;": "&", "&nbsp;": " " };
  return markup.replace(PIECE, (piece) => piece.replace(/&(?:lt|gt|quot|#0?39|apos|amp|nbsp);/g, (sign) => plain[sign]));
}

// One MJML tag on a line; what stands inside a text is left as it is.
export function tidy(markup) {
  const parts = markup.split(/(<\/?mj-[\w-]+(?:"[^"]*"|'[^']*'|[^>"'])*>)/).filter((part) => part.trim());
  const lines = [];
  let depth = 1;
  let inText = "";
  for (const part of parts) {
    const tag = /^<(\/?)(mj-[\w-]+)/.exec(part);
    if (inText && !(tag?.[1] && tag[2] === inText)) { lines[lines.length - 1] += part; continue; }
    if (!tag) { lines.push("  ".repeat(depth) + part.trim()); continue; }
    if (tag[1]) {
      depth -= 1;
      if (inText) { lines[lines.length - 1] += part; inText = ""; } else lines.push("  ".repeat(depth) + part);
      continue;
    }
    lines.push("  ".repeat(depth) + part);
    if (part.endsWith("/>")) continue;
    depth += 1;
    if (/^mj-(text|button|raw|table|navbar-link|social-element|accordion-t)/.test(tag[2])) inText = tag[2];
  }
  return lines.join("\n").trimStart();
}
