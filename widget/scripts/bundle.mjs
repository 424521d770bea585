// How the widget's sources become scripts: the plugins that build.mjs and test.mjs share.
//
// markdown-it is bundled without its renderer, typographer, linkifier, HTML rules and URL libraries; Preact without its one HTML sink.
// Each cut names the text it removes and fails the build when an upgrade has moved it, so nothing comes back unseen.
import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

function cut(source, from, to, file) {
  if (!source.includes(from)) throw new Error(`${file}: expected to find ${JSON.stringify(from)}; review this cut`);
  return source.replaceAll(from, to);
}

// markdown-it's bundle marks each of its source files; these are the ones that make strings, or that nothing left refers to.
const UNUSED_REGIONS = [
  "src/renderer.ts",
  "src/rules_core/state_core.ts",
  "src/rules_core/normalize.ts",
  "src/rules_core/block.ts",
  "src/rules_core/strip_references.ts",
  "src/rules_core/inline.ts",
  "src/rules_core/linkify.ts",
  "src/rules_core/replacements.ts",
  "src/rules_core/smartquotes.ts",
  "src/rules_core/text_join.ts",
  "src/parser_core.ts",
  "src/common/html_blocks.ts",
  "src/common/html_re.ts",
  "src/rules_block/html_block.ts",
  "src/rules_inline/linkify.ts",
  "src/rules_inline/html_inline.ts",
  "src/markdownit.ts",
  "src/index.ts",
];

function dropRegion(source, name) {
  const start = source.indexOf(`//#region ${name}\n`);
  const end = source.indexOf("//#endregion", start);
  if (start < 0 || end < 0) throw new Error(`markdown-it: expected to find the region ${name}; review this cut`);
  const next = source.indexOf("\n", end) < 0 ? source.length : source.indexOf("\n", end);
  return source.slice(0, start) + source.slice(next);
}

const slimMarkdownIt = {
  name: "slim-markdown-it",
  setup(build) {
    build.onLoad({ filter: /markdown-it[\\/]dist[\\/]markdown-it\.mjs$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      for (const [from, to] of [
        ['import * as mdurl from "mdurl";', ""],
        ['import * as ucmicro from "uc.micro";', ""],
        ['import { decodeHTMLStrict } from "entities";', 'import { decodeHTMLStrict } from "chatdock:entities";'],
        ['import { LinkifyIt } from "linkify-it";', ""],
        ['import punycode from "punycode.js";', ""],
        ["ucmicro.P.test(ch) || ucmicro.S.test(ch)", "/[\\p{P}\\p{S}]/u.test(ch)"],
        ['\t["linkify", linkify],\n', ""],
        ['\t["html_inline", html_inline],\n', ""],
        ['\t[\n\t\t"html_block",\n\t\thtml_block,\n\t\t[\n\t\t\t"paragraph",\n\t\t\t"reference",\n\t\t\t"blockquote"\n\t\t]\n\t],\n', ""],
        ["var lib = {\n\tmdurl,\n\tucmicro\n};", ""],
        ["\tlib: () => lib,\n", ""],
        ["export { MarkdownItCallable as default };", ""],
      ])
        source = cut(source, from, to, "markdown-it");
      for (const region of UNUSED_REGIONS) source = dropRegion(source, region);
      source +=
        "\nexport { ParserBlock, ParserInline, normalizeReference, unescapeAll, isSpace, isWhiteSpace, isPunctCharCode, isMdAsciiPunct, parseLinkDestination, parseLinkLabel, parseLinkTitle };\n";
      return { contents: source, loader: "js" };
    });
    build.onResolve({ filter: /^chatdock:entities$/ }, () => ({ path: new URL("../src/markdown/entities.ts", import.meta.url).pathname }));
  },
};

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

export const plugins = [slimMarkdownIt, preactWithoutSinks, minifiedCss];
