// Bundles the front end into src/tactful/web/static/built/, with a manifest of hashed names.
// Run through assets/build.py, which finds a Node and installs the packages of the lock file.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, "src/tactful/web/static/built");
const hashed = (name, content) =>
  name.replace(/(\.[a-z]+)$/, `.${createHash("sha256").update(content).digest("hex").slice(0, 12)}$1`);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = {};

await build({
  absWorkingDir: root,
  entryPoints: { app: "assets/js/app.js", charts: "assets/js/charts.js", builder: "assets/js/builder.js",
    editor: "assets/js/editor.js", preview: "assets/js/preview.js", canvas: "assets/js/canvas.jsx" },
  outdir: out,
  entryNames: "[name]",
  assetNames: "[name].[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file" },
  legalComments: "none",
  logLevel: "warning",
});
for (const name of ["app.css", "app.js", "charts.js", "builder.js", "editor.css", "editor.js", "preview.js",
  "canvas.css", "canvas.js"]) {
  const content = readFileSync(join(out, name));
  rmSync(join(out, name));
  keep(name, content);
}
keep("sprite.svg", Buffer.from(sprite()));
keep("mark.svg", readFileSync(join(root, "assets/mark.svg")));
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
for (const name of readdirSync(out).filter((file) => /\.(css|js|svg)$/.test(file))) {
  writeFileSync(join(out, `${name}.gz`), gzipSync(readFileSync(join(out, name)), { level: 9 }));
}

function keep(name, content) {
  manifest[name] = basename(hashed(name, content));
  writeFileSync(join(out, manifest[name]), content);
}

// Only the icons that screens use: each as a symbol that takes the colour of its text.
function sprite() {
  const source = readFileSync(join(root, "node_modules/@tabler/icons-sprite/dist/tabler-sprite.svg"), "utf8");
  const names = JSON.parse(readFileSync(join(root, "assets/icons.json"), "utf8"));
  const symbols = names.map((name) => {
    const found = source.match(new RegExp(`<symbol[^>]*id="tabler-${name}"[^>]*>([\\s\\S]*?)</symbol>`));
    if (!found) throw new Error(`assets/icons.json names ${name}, which Tabler does not have`);
    return `<symbol id="${name}" viewBox="0 0 24 24">${found[1].replace(/\s+/g, " ").trim()}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${symbols.join("")}</svg>`;
}
