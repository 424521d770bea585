// How the widget's sources become scripts: the plugins that build.mjs, package.mjs and test.mjs share.
import { readdir, readFile } from "node:fs/promises";
import { relative } from "node:path";
import { transform } from "esbuild";
import { leanPreact } from "./lean-preact.mjs";

const ROOT = new URL("../", import.meta.url).pathname;

const minifiedCss = {
  name: "minified-css",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const LANGUAGES = new URL("../src/i18n/", import.meta.url);

/** The codes of all languages but English: what a file in src/i18n is called that begins like a tag ("de.ts", "zh-TW.ts"). */
export async function languages() {
  const names = (await readdir(LANGUAGES)).filter((name) => /^[a-z]{2,3}(-([A-Z][A-Za-z]+|\d{3}))?\.ts$/.test(name) && name !== "en.ts");
  return names.map((name) => name.slice(0, -3)).sort();
}

// The list of languages, and the launcher's three words in each of them: a few bytes instead of a whole language.
const fromLanguages = {
  name: "languages",
  setup(build) {
    build.onResolve({ filter: /^chatdock:(labels|languages)$/ }, ({ path }) => ({ path, namespace: "languages" }));
    build.onLoad({ filter: /languages$/, namespace: "languages" }, async () => ({
      contents: `export const codes = ${JSON.stringify((await languages()).join(" "))}.split(" ")`,
    }));
    build.onLoad({ filter: /labels$/, namespace: "languages" }, async () => {
      const labels = {};
      for (const code of await languages()) {
        const source = await readFile(new URL(`${code}.ts`, LANGUAGES), "utf8");
        labels[code] = ["open", "close", "dismissPreview"].map((key) => new RegExp(`^  ${key}: "(.*)",$`, "m").exec(source)[1]);
      }
      return { contents: `export const labels = ${JSON.stringify(labels)}` };
    });
  },
};

// What only one lazily loaded chunk and the conversation share is the conversation's: without this, each such set of modules would be a file
// of its own, one more request and badly compressed. Chunks of mere data are left alone.
const DATA = /[\\/](?:icon-paths|entity-names)\.ts$/;

/** `parts` are the conversation: the first is at hand before anything else is loaded, and each may build on the ones before it. */
export function oneConversation(parts) {
  return {
    name: "one-conversation",
    setup(build) {
      build.onResolve({ filter: /^\./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData?.wrapped) return undefined;
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: { wrapped: true } });
        if (found.errors.length || DATA.test(found.path)) return found;
        // A name within the project: what the files are called hangs on it, and must be the same in every folder.
        return { path: relative(ROOT, found.path), namespace: "chunk" };
      });
      build.onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => {
        const whole = ROOT + path;
        const before = parts.slice(0, parts.includes(whole) ? parts.indexOf(whole) : undefined);
        return {
          contents: [`export * from ${JSON.stringify(whole)};`, ...before.map((part) => `import ${JSON.stringify(part)};`)].join(""),
          resolveDir: "/",
        };
      });
    },
  };
}

/** JSX as calls of one function with the children behind: fewer bytes than the automatic runtime's. */
export const classicJsx = {
  name: "classic-jsx",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.tsx$/, namespace: "file" }, async ({ path }) => ({
      contents: `import { createElement as h, Fragment } from "preact"; ${await readFile(path, "utf8")}`,
      loader: "tsx",
    }));
  },
};

export const plugins = [fromLanguages, ...leanPreact, minifiedCss];
