// How the widget's sources become scripts: the plugins that build.mjs and test.mjs share.
//
// Preact is bundled without its one HTML sink. Each cut names the text it removes and fails the build when an upgrade has moved it, so
// nothing comes back unseen.
import { readFile } from "node:fs/promises";
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

export const plugins = [preactWithoutSinks, minifiedCss];
