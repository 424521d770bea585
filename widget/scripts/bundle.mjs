// How the widget's sources become scripts: the plugins that build.mjs and test.mjs share.
//
// Preact is bundled without its one HTML sink, without MathML, portals, listeners that capture, taking over a server's elements and what only
// classes as components have, its signals without subscriptions and the binding of a signal to a text or an attribute: the widget uses none
// of them. Each cut names the text it removes and fails the build when an upgrade has moved it, so nothing comes back unseen.
import { readdir, readFile } from "node:fs/promises";
import { transform } from "esbuild";

export function cut(source, from, to, file) {
  if (!source.includes(from)) throw new Error(`${file}: expected to find ${JSON.stringify(from)}; review this cut`);
  return source.replaceAll(from, to);
}

/** Takes out everything from `start` up to, but not including, `end`. */
export function cutOut(source, start, end, file) {
  const from = source.indexOf(start);
  const to = source.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file}: expected to find ${JSON.stringify(start)}; review this cut`);
  return source.slice(0, from) + source.slice(to);
}

const preactWithoutSinks = {
  name: "preact-without-sinks",
  setup(build) {
    build.onLoad({ filter: /preact[\\/]dist[\\/]preact\.mjs$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      for (const [from, to] of [
        ['"dangerouslySetInnerHTML"==s?y=k:', ""],
        ['"dangerouslySetInnerHTML"==s?h=k:', ""],
        ["if(e.length=v,r.__v=null,c||o)if(t&&t.then)", "e.length=v,r.__v=null;if(t&&t.then)"],
        ['t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s")', ""],
        ['"math"==C?f="http://www.w3.org/1998/Math/MathML":', ""],
        ['("foreignObject"==C||"http://www.w3.org/1998/Math/MathML"==f&&v.test(C))', '"foreignObject"==C'],
        ['f=t!=(t=t.replace(l,"$1"))', "f=!1"],
        ["l=/(PointerCapture)$|Capture$/i,", ""],
        ["j=(s=V.contextType)&&i[s.__c],L=s?j?j.props.value:s.__:i,", "L=i,"],
        ["j&&j.sub(d),", ""],
        ["for(t&&!t.parentNode", "t&&!t.parentNode"],
        ["e=t;e&&8==e.nodeType;)e=e.nextSibling;for(", "e=t;"],
        [',t=o;(t=t&&t.nextSibling)&&8==t.nodeType&&!t.data.startsWith("$s"););return t', ";return o&&o.nextSibling"],
        ['if("svg"==C?f=', '"svg"==C?f='],
        ["if(!t){if(M=a.ownerDocument", ";if(!t){if(M=a.ownerDocument"],
        ["this.getChildContext||(r=new Set,(u={})", "this.getChildContext||((u={})"],
        ['if(a="template"==C&&t.content||t,', 'a="template"==C&&t.content||t;'],
        ["(l||y&&(h.__html==y.__html||h.__html==t.innerHTML)||(t.innerHTML=h.__html),r.__k=[])", "(r.__k=[])"],
      ])
        source = cut(source, from, to, "preact");
      for (const [start, end] of [
        // Elements that a server has drawn.
        ["128&u.__u&&", "(s=n.__b)&&s(r);n:"],
        ["if(t&&t.then)", "r.__e=u.__e;r.__k||"],
        ["function B(n,t){", "function D(n){"],
        [",o)for(s=0;s<o.length;s++)", ";if(!t){if(M=a.ownerDocument"],
        [",l&&(n.__m&&n.__m(r,o),l=!1),o=null", "}if(C){"],
        ['o="textarea"==C&&', "for(s in $)k=$[s],"],
        [",o&&o.some(g)),l&&", "),l&&"],
        ["!u&&(i=t.__c)&&(i=i.__z)", "u||g(t.__e)"],
        ["p&&p.some(g),", "d.__h.length&&e.push(d)"],
        // Contexts whose value another takes the place of: what uses them is drawn again with whom provides them.
        [",this.shouldComponentUpdate=function(n){this.props.value!=n.value", "),n.children}return t.__c"],
        ["(t.Consumer=function", "t,t}function W"],
        // Portals.
        ["M.__P&&(s=l,", "l=I(t,w(A)?A:[A]"],
        ["M.__P&&(r.__e=null", "r.__u&=-161"],
        ["if(n.props.__P)return t;", "if(i=n.__k)for(f=0"],
        // Classes.
        ["M!==k&&C&&!V.getDerivedStateFromProps&&d.componentWillReceiveProps&&", "r.__v==u.__v&&!(8&d.__g)"],
        [",C&&(d.__s||(d.__s=d.state)", ",k=d.props,b=d.state"],
        [",C&&d.componentDidUpdate&&", "}else C&&!V"],
        ["else C&&!V", "d.context=L"],
        [",C&&u.__c&&d.getSnapshotBeforeUpdate&&", ",A=s&&s.type===$"],
        ["for(var i,o,e;t=t.__;)", "throw f=0,n"],
      ])
        source = cutOut(source, start, end, "preact");
      return { contents: source, loader: "js" };
    });
  },
};

const hooksWithoutSubscriptions = {
  name: "hooks-without-subscriptions",
  setup(build) {
    build.onLoad({ filter: /preact[\\/]hooks[\\/]dist[\\/]hooks\.mjs$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      source = cut(source, "(null==i.__&&(i.__=!0,u.sub(r)),u.props.value)", "u.props.value", "preact/hooks");
      // The numbers of useId, which the widget does without.
      source = cutOut(source, "a.__=function(n,t){", "a.__r=function", "preact/hooks");
      return { contents: source, loader: "js" };
    });
  },
};

const signalsWithoutBindings = {
  name: "signals-without-bindings",
  setup(build) {
    build.onLoad({ filter: /@preact[\\/]signals[\\/]dist[\\/]signals\.m(?:odule\.)?js$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      for (const [start, end] of [
        ["function w(i){", 'b("__b"'],
        ['if("string"==typeof n.type){var r,t=n.props;', 'i(n)});b("__r"'],
        ['var r;if("string"==typeof n.type&&(r=n.__e)){', "i(n)});function k("],
        ["function k(i,n,r,t){", 'b("unmount"'],
        ['if("string"==typeof n.type){var r=n.__e;', "var c=n.__c;if(c){c.__$f|=8"],
        ['}i(n)});b("__h"', 'i(n)});b("__h"'],
      ])
        source = cutOut(source, start, end, "@preact/signals");
      return { contents: source, loader: "js" };
    });
  },
};

const signalsCoreWithoutSubscriptions = {
  name: "signals-core-without-subscriptions",
  setup(build) {
    build.onLoad({ filter: /signals-core[\\/]dist[\\/]signals-core\.m(?:odule\.)?js$/ }, async ({ path }) => ({
      contents: cutOut(await readFile(path, "utf8"), "l.prototype.subscribe=", "l.prototype.peek=", "@preact/signals-core"),
      loader: "js",
    }));
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
        return found.errors.length || DATA.test(found.path) ? found : { path: found.path, namespace: "chunk" };
      });
      build.onLoad({ filter: /.*/, namespace: "chunk" }, ({ path }) => ({
        contents: [
          `export * from ${JSON.stringify(path)};`,
          ...parts.slice(0, parts.includes(path) ? parts.indexOf(path) : undefined).map((part) => `import ${JSON.stringify(part)};`),
        ].join(""),
        resolveDir: "/",
      }));
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

export const plugins = [
  fromLanguages,
  preactWithoutSinks,
  hooksWithoutSubscriptions,
  signalsWithoutBindings,
  signalsCoreWithoutSubscriptions,
  minifiedCss,
];
