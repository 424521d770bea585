// What an answer may hold that is drawn by code of its own: formulas, diagrams, the colours of code. Each part is loaded with the first of
// its kind; until then, and where it cannot be had, the source stands there.
import type { Scope } from "../markdown/dom.ts";
import type { View } from "./context.ts";

/** Named languages that have no colours. */
const PLAIN = /^(?:te?xt|plain.*|output|log|none)$/;

let math: typeof import("../math/math.ts") | undefined;

export function drawn(view: View, words: Scope["words"]): Pick<Scope, "math" | "codeDone"> {
  // Without a network there are no colours; the next block asks again.
  const failed = () => undefined;
  return {
    math(source, { display }) {
      const text = document.createTextNode(source);
      const made = () => {
        if (!math) return text;
        view.adopt(math.css);
        return math.mathOf(source, display, document) ?? text;
      };
      if (!math)
        import("../math/math.ts").then((module) => {
          math = module;
          text.replaceWith(made());
        }, failed);
      return made();
    },
    codeDone(code, language) {
      if (PLAIN.test(language)) return;
      const part = language === "mermaid" ? import("../diagram/diagram.ts") : import("../highlight/highlight.ts");
      part.then(({ css, show }) => {
        view.adopt(css);
        show(code, language, words);
      }, failed);
    },
  };
}
