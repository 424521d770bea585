// Preact with what the widget uses of it: without its one HTML sink, without MathML, portals, listeners that capture, taking over a server's
// elements, classes as components and what developer tools hook into, its signals without subscriptions, watchers, names and the binding of a
// signal to a text or an attribute. Each cut fails the build when an upgrade has moved its text, so nothing comes back unseen.
import { readFile } from "node:fs/promises";
import { cut, cutOut } from "./cut.mjs";

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
        ["var r=this.__s;r&&", "this.__v&&(t&&this.__k.push(t),"],
        ["(t&&this.__k.push(t),L(this)))},x.prototype.forceUpdate", "L(this))},x.prototype.render="],
        ["if(i.componentWillUnmount)", "i.__P=i.__n=null"],
      ])
        source = cutOut(source, start, end, "preact");
      for (const [from, to] of [
        // What it draws into is empty at first.
        ["9==r.nodeType&&(r=r.documentElement),i=(u=t&&32&t.__u)?null:r.__k,", "i=r.__k,"],
        ["i?null:r.firstChild?d.call(r.childNodes):null,f,i?i.__e:r.firstChild,u,o)", "null,f,i&&i.__e,0,o)"],
        ["32&u.__u?[i]:null,f,i||S(u),32&u.__u,o)", "null,f,i||S(u),0,o)"],
        ['l&&"function"!=typeof k||$[s]===k', "$[s]===k"],
        ["l&&t.data==x||(t.data=x)", "(t.data=x)"],
        ['l&&"textarea"!=C||(', "("],
        ["o?o[0]:u.__k&&S(u,0)", "u.__k&&S(u,0)"],
        ["this.__v&&L(this))},", "this.__v&&L(this)},"],
        // What others may hook into or set, and nobody does.
        ["n.__&&n.__(t,r),", ""],
        ["return!o&&n.vnode&&n.vnode(e),e", "return e"],
        ["n.vnode&&n.vnode(r),", ""],
        ["n.event?n.event(r):r", "r"],
        ["&&i==n.debounceRendering||((i=n.debounceRendering)||queueMicrotask)(H)", "||queueMicrotask(H)"],
        ["(i||queueMicrotask)(H)", "queueMicrotask(H)"],
        // Attributes that nothing here has.
        ['"form"!=t&&', ""],
        ['&&"popover"!=t', ""],
        ['"popover"==t&&1==r?"":r', "r"],
        // Components that are classes, and the state and the callbacks that only they have.
        ["M=r.props,C=(s=V.prototype)&&s.render,", "M=r.props,"],
        [
          "C?r.__c=d=new V(M,L):(r.__c=d=new x(M,L),d.constructor=V,d.render=K),d.state||(d.state={}),",
          "r.__c=d=new x(M,L),d.constructor=V,d.render=K,",
        ],
        ["k=d.props,b=d.state,", ""],
        ["q=C?25:0;", "q=0;"],
        ["C&&(y.push.apply(d.__h,d.__k),d.__k=[]),d.state=d.__s,", ""],
        ["y.push.apply(d.__h,d.__k),d.__k=[],", ""],
        ["d.__h=[],d.__k=[])", "d.__h=[])"],
        ["d.componentWillUpdate&&d.componentWillUpdate(M,d.__s,L)", ""],
        ["shouldComponentUpdate(M,d.__s,L)", "shouldComponentUpdate(M)"],
        ["(d.props=M,d.state=d.__s,d.__g&=-9)", "(d.props=M,d.__g&=-9)"],
        ["d.render(d.props,d.state=d.__s,d.context)", "d.render(d.props)"],
        ["this.constructor(n,r)", "this.constructor(n)"],
        ["t&&t.then||D(r)", "D(r)"],
        ["||n.props.__P?null:", "?null:"],
        ["n.__c&&!n.props.__P)", "n.__c)"],
        ["u&&!t.props.__P", "u"],
        // Elements with a shadow, a content or a style of their own kind.
        ["f,C,x.is?x:a)", "f,C)"],
        ['a="template"==C&&t.content||t;', "a=t;"],
        ['"foreignObject"==C&&(f="http://www.w3.org/1999/xhtml"),', ""],
        ['if("string"==typeof r)n.style.cssText=r;else{if("string"==typeof u&&(n.style.cssText=u=""),u)', "{if(u)"],
      ])
        source = cut(source, from, to, "preact");
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
      for (const [from, to] of [
        // Nobody has hooked in before, and nobody says that effects are not to run or when.
        [",v&&v(n)", ""],
        ["l&&l(n),", ""],
        ["m&&m(n);", ""],
        [",h&&h(n,t)", ""],
        ["s&&s(n);", ""],
        ["!a.__s&&", ""],
        ["&&i==a.requestAnimationFrame||((i=a.requestAnimationFrame)||z)(g)", "||z(g)"],
        ["k&&", ""],
      ])
        source = cut(source, from, to, "preact/hooks");
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
      for (const text of [
        "a(function(){h=this.N})();",
        // Its developer tools, and the names they show.
        'm="undefined"!=typeof window&&!!window.__PREACT_SIGNALS_DEVTOOLS__,',
        "if(m)null==(n=this.y)||n.call(this);",
        ',"function"==typeof r.type?r.type.displayName||r.type.name:""',
        ",{name:n}",
        // Components of others, and the state of classes.
        "if(this.__R)return!0;",
        "for(var f in n)return!0;",
        '||"boolean"==typeof this.u&&!0===this.u',
        '"__source"!==e&&',
      ])
        source = cut(source, text, "", "@preact/signals");
      return { contents: source, loader: "js" };
    });
  },
};

const signalsCoreWithoutSubscriptions = {
  name: "signals-core-without-subscriptions",
  setup(build) {
    build.onLoad({ filter: /signals-core[\\/]dist[\\/]signals-core\.m(?:odule\.)?js$/ }, async ({ path }) => {
      let source = await readFile(path, "utf8");
      source = cutOut(source, "l.prototype.subscribe=", "l.prototype.peek=", "@preact/signals-core");
      for (const [from, to] of [
        // Who watches a signal is told nobody, signals and effects have no names, and models are not used.
        ["this.W=null==t?void 0:t.watched;this.Z=null==t?void 0:t.unwatched;this.name=null==t?void 0:t.name", ""],
        ["else f(function(){var i;null==(i=t.W)||i.call(t)})", ""],
        ["if(void 0===n)f(function(){var i;null==(i=t.Z)||i.call(t)})", ""],
        ["l.prototype.brand=i;", ""],
        ["this.name=null==t?void 0:t.name;if(n)n.push(this)", ""],
        ["var t=o,r=n;o=void 0;n=void 0;try{return i()}finally{o=t;n=r}", "var t=o;o=void 0;try{return i()}finally{o=t}"],
        ["var n=r.d.bind(r);n[Symbol.dispose]=n;return n", "return r.d.bind(r)"],
        ["m.prototype.dispose=function(){this.d()};", ""],
        // Effects are run by this file alone, one within the other.
        ['if(o!==this)throw new Error("Out-of-order effect");', ""],
      ])
        source = cut(source, from, to, "@preact/signals-core");
      // What is held against undefined is a node, a signal, an effect or a function: no value of a signal, which may be 0 or "".
      if (/void 0[!=]==(?!(?:[a-z]|o\.s|i\.e|t\.[npr]|this\.[tx])(?![\w.]))/.test(source))
        throw new Error("signals-core: review what is undefined");
      source = source.replaceAll("void 0!==", "").replaceAll("void 0===", "!");
      return { contents: source, loader: "js" };
    });
  },
};

export const leanPreact = [preactWithoutSinks, hooksWithoutSubscriptions, signalsWithoutBindings, signalsCoreWithoutSubscriptions];
