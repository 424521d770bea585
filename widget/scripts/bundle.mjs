// How the widget's sources become scripts: the plugins that build.mjs and test.mjs share.
//
// Preact is bundled without its one HTML sink. Each cut names the text it removes and fails the build when an upgrade has moved it, so
// nothing comes back unseen.
import { readdir, readFile } from "node:fs/promises";
import { transform } from "esbuild";

function cut(source, from, to, file) {
  if (!source.includes(from)) throw new Error(`${file}: expected to find ${JSON.stringify(from)}; review this cut`);
  return source.replaceAll(from, to);
}

const preactWithoutSinks = {
  name: "preact-without-sinks",
  setup(build) {
    build.onLoad({ filter: /preact[\\/]dist[\\/]preact\.mjs$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      for (const [from, to] of [
        ['"dangerouslySetInnerHTML"==s?y=k:', ""],
        ['"dangerouslySetInnerHTML"==s?h=k:', ""],
        ["(l||y&&(h.__html==y.__html||h.__html==t.innerHTML)||(t.innerHTML=h.__html),r.__k=[])", "(r.__k=[])"],
      ])
        source = cut(source, from, to, "preact");
      return { contents: source, loader: "js" };
    });
  },
};

const minifiedCss = {
  name: "minified-css",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// The launcher's two words in every language, from the languages' own files: a few bytes instead of a whole language.
const labels = {
  name: "labels",
  setup(build) {
    const folder = new URL("../src/i18n/", import.meta.url);
    build.onResolve({ filter: /^chatdock:labels$/ }, ({ path }) => ({ path, namespace: "labels" }));
    build.onLoad({ filter: /.*/, namespace: "labels" }, async () => {
      const labels = {};
      for (const name of (await readdir(folder)).sort()) {
        const source = await readFile(new URL(name, folder), "utf8");
        const [open, close] = ["open", "close"].map((key) => new RegExp(`^  ${key}: "(.*)",$`, "m").exec(source)?.[1]);
        if (open && close && name !== "en.ts") labels[name.replace(".ts", "")] = [open, close];
      }
      return { contents: `export const labels = ${JSON.stringify(labels)}`, loader: "js" };
    });
  },
};

export const plugins = [labels, preactWithoutSinks, minifiedCss];
