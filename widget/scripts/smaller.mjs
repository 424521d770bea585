// Built scripts in fewer bytes: esbuild looks at one expression at a time and at one file at a time; this looks further.
import { minify } from "terser";

const OPTIONS = {
  module: true,
  ecma: 2022,
  compress: {
    passes: 8,
    unsafe: true,
    unsafe_arrows: true,
    unsafe_methods: true,
    comparisons: false,
    keep_fargs: false,
  },
  mangle: true,
};

const IMPORT = /import\{([^}]*)\}from"\.\/([^"]+)";?/g;
const pairs = (list) => list.split(",").map((each) => each.split(" as "));

/** What esbuild calls what one chunk has from another; what the sources export has longer names. */
const isShort = (name) => name.length < 3;

// What is longer than any other text is a style sheet.
const SHEET_CHARS = 2_000;

const isSheet = ({ TYPE, definitions }) => TYPE === "Var" && definitions.length === 1 && definitions[0].value?.value?.length > SHEET_CHARS;

/**
 * A script whose statements stand where they compress best, which is nothing but tried out: a style sheet in the midst of a script parts what is
 * alike, so it goes to the end; where asked for, the functions follow what is not one. Right where only functions use the sheet: no order but
 * that of the other statements means anything.
 */
async function arranged(script, { functionsLast }) {
  const { ast } = await minify(script, { module: true, compress: false, mangle: false, format: { ast: true, code: false } });
  const rank = (node) => (node.TYPE === "Export" ? 3 : isSheet(node) ? 2 : functionsLast && node.TYPE === "Defun" ? 1 : 0);
  if (!ast.body.some(isSheet)) throw new Error("a style sheet that was to go to the end is not there");
  ast.body = [0, 1, 2, 3].flatMap((each) => ast.body.filter((node) => rank(node) === each));
  return ast;
}

/** One script that shares nothing with another: what suits small ones best. */
export async function smaller(script) {
  const { code } = await minify(script, { ...OPTIONS, compress: { ...OPTIONS.compress, hoist_funs: true, inline: 1 } });
  return code;
}

/**
 * The modules of one build, by their names: what one hands to another is called the same inside of both, which saves saying "a as b" twice.
 * A module comes after those whose names it takes over. `order` says of some how they are arranged.
 */
export async function smallerModules(texts, order) {
  const done = new Map();
  const own = new Map();
  async function take(name) {
    if (done.has(name)) return;
    const vars = {};
    for (const [, , from] of texts.get(name).matchAll(IMPORT)) await take(from);
    const script = texts.get(name).replace(IMPORT, (_, list, from) => {
      const renamed = pairs(list).map(([theirs, local = theirs]) => {
        const inside = own.get(from).get(theirs);
        if (!Object.values(vars).includes(inside)) vars[`$${local}`] = inside;
        return `${inside} as ${local}`;
      });
      return `import{${renamed}}from"./${from}";`;
    });
    const { code } = await minify(order.has(name) ? await arranged(script, order.get(name)) : script, {
      ...OPTIONS,
      nameCache: { vars: { props: vars } },
    });
    const names = new Map();
    const handed = code.replace(/export\{([^}]*)\};?\s*$/, (_, list) => {
      for (const [local, theirs = local] of pairs(list)) names.set(theirs, isShort(theirs) ? local : theirs);
      const kept = pairs(list).map(([local, theirs = local]) => (isShort(theirs) || theirs === local ? local : `${local} as ${theirs}`));
      return `export{${[...new Set(kept)].sort()}};`;
    });
    own.set(name, names);
    done.set(name, handed);
  }
  for (const name of texts.keys()) await take(name);
  return done;
}
