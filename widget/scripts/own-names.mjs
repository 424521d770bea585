// Names of properties that are the widget's own business: no page, service, stored text or other script ever meets them, so the built scripts
// may call them by a letter or two. A name that stands for something else too, in a browser, on the wire, in an option or in quotes, fails the
// build where it is listed here.
import { readdir, readFile } from "node:fs/promises";

const ROOT = new URL("../", import.meta.url).pathname;

const OWN = `
  responding indent pos resumable attrs char rest lineStart missing failure takeColumns drafts tops behind door turns opens nodes leaf modelId
  canOpen into report caretLeft caret piece endLine stopping setPanel canClose allowCancel enlarged openThread notices rememberThread
  loadingOlder turn imageProgress onConnection grows make takesFiles takeMarker composing opensWord lastImage marked closes fail begun toEnd
  look near showCard tagging retryMs startAt edited kids become cards meant tryAt begin pair serverMaxBytes serverMaxCount
  imageAllowed loadWidgets inlineChars extendBlank clientTool retryAfter runEvents lastRun cancelRun runAction dropAfter lineChars beginLine
  comeBack schedule ownFetch announce hasOlder verbatim lastLine passing matched renders readAll settled awaits aligns onRun keyOf hold
`
  .trim()
  .split(/\s+/);

// What pages and services call things, and the languages that pages may put words into.
const OUTSIDE = ["core/types", "core/options", "i18n/en", "i18n/more", "embed/contract", "elements/controller", "launcher/settings"];

// What is built in beside our own code, which may build such a name or look for it.
const LIBRARIES = [
  "preact/dist/preact.mjs",
  "preact/hooks/dist/hooks.mjs",
  "@preact/signals/dist/signals.module.js",
  "@preact/signals-core/dist/signals-core.module.js",
  "temml/dist/temml.mjs",
];

const NAME = "[A-Za-z_$][\\w$]*";

/** The texts of all files below a folder whose names end so. */
async function texts(folder, ending) {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => ending.test(name)).map((name) => [name, readFile(`${folder}/${name}`, "utf8")]);
  return Promise.all(files.map(async ([name, text]) => [name, (await text).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")]));
}

const all = (text, pattern) => [...text.matchAll(pattern)].map((found) => found[1]);

/** Every name that something other than our own code knows a property by. */
async function outside(sources) {
  const known = [];
  for (const [name, text] of sources) {
    known.push(...all(text, new RegExp(`["'\`](${NAME})["'\`]`, "g")));
    if (OUTSIDE.some((each) => name === `${each}.ts`)) known.push(...all(text, new RegExp(`(${NAME})`, "g")));
  }
  for (const path of LIBRARIES) {
    const text = await readFile(`${ROOT}node_modules/${path}`, "utf8");
    known.push(...all(text, new RegExp(`\\.(${NAME})`, "g")), ...all(text, new RegExp(`["']?(${NAME})["']?\\s*:`, "g")));
  }
  for (const [, text] of await texts(`${ROOT}node_modules/@typescript`, /lib\.(?:dom|es).*\.d\.ts$/))
    known.push(...all(text, new RegExp(`^\\s+(?:readonly |get |set )*"?(${NAME})"?\\??[(:<]`, "gm")));
  return new Set(known);
}

/** What esbuild is told: it finds names that nothing else has, and calls the same thing the same in every chunk of one build. */
export async function ownNames() {
  const sources = await texts(`${ROOT}src`, /\.tsx?$/);
  const known = await outside(sources);
  const taken = OWN.filter((name) => known.has(name));
  if (taken.length) throw new Error(`own-names.mjs: others know a property by the name of ${taken.join(", ")}`);
  const unused = OWN.filter((name) => !sources.some(([, text]) => new RegExp(`\\b${name}\\b`).test(text)));
  if (unused.length) throw new Error(`own-names.mjs: nothing is called ${unused.join(", ")}`);
  return new RegExp(`^(?:${OWN.join("|")})$`);
}
