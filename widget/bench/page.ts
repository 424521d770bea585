// In the page: an answer arrives in deltas and is shown by the engine when the widget would, by an oracle that knows the final elements and
// appends what is new once a frame, or not at all.
import { onNextFrame } from "../src/elements/frame.ts";
import { show } from "../src/highlight/highlight.ts";
import type { Scope } from "../src/markdown/dom.ts";
import { MarkdownStream, renderMarkdown } from "../src/markdown/stream.ts";

const scope: Scope = {
  document,
  headingLevel: 4,
  words: {
    copyCode: "Copy",
    loadImage: "Load image",
    image: "Image",
    taskDone: "Done",
    taskOpen: "Open",
    codeBlock: "Code",
    table: "Table",
  },
  imageAllowed: () => false,
  citation: () => undefined,
};

export type Way = "engine" | "oracle" | "nothing";
export type Outcome = { frames: number; commits: number; lost: number; longestTaskMs: number; wallMs: number; text: number };

const FRAME_MS = 1_000 / 60;

/** Shows a text as it comes. */
type Show = (text: string) => void;

function engine(root: HTMLElement): { show: Show; end(): void } {
  // With the colours of code, which the oracle does without.
  const stream = new MarkdownStream(root, { ...scope, codeDone: show });
  return { show: (text) => stream.write(text), end: () => stream.finish() };
}

/** Walks over the final tree in step with the source, and makes the part that is new. */
function oracle(root: HTMLElement, source: string): { show: Show; end(): void } {
  const final = document.createElement("div");
  renderMarkdown(final, source, [], scope);
  const steps: { from: Node; to: Node; text: number }[] = [];
  let visible = 0;
  const collect = (from: Node, to: Node) => {
    for (const child of from.childNodes) {
      const copy = child.nodeType === Node.TEXT_NODE ? document.createTextNode("") : child.cloneNode(false);
      steps.push({ from: child, to: copy, text: visible });
      parents.set(copy, to);
      if (child.nodeType === Node.TEXT_NODE) visible += (child as Text).data.length;
      else collect(child, copy);
    }
  };
  const parents = new Map<Node, Node>();
  collect(final, root);
  let read = 0;
  let next = 0;
  let open: { from: Text; to: Text; text: number } | undefined;
  const upTo = (shown: number) => {
    if (open) {
      const whole = open.from.data;
      const length = Math.min(whole.length, shown - open.text);
      if (length > open.to.data.length) open.to.appendData(whole.slice(open.to.data.length, length));
      if (length < whole.length) return;
      open = undefined;
    }
    while (next < steps.length && (steps[next] as (typeof steps)[number]).text <= shown) {
      const { from, to, text } = steps[next++] as (typeof steps)[number];
      (parents.get(to) as Node).appendChild(to);
      if (!(from instanceof Text) || !(to instanceof Text)) continue;
      const part = from.data.slice(0, Math.max(0, shown - text));
      if (part) to.appendData(part);
      if (part.length < from.data.length) {
        open = { from, to, text };
        return;
      }
    }
  };
  return {
    show(text) {
      read += text.length;
      upTo(Math.floor((read / source.length) * visible));
    },
    end: () => upTo(Number.POSITIVE_INFINITY),
  };
}

const bench = {
  async run(way: Way, source: string, deltas: string[], perSecond: number): Promise<Outcome> {
    const scroller = document.createElement("div");
    scroller.className = "scroller";
    const root = document.createElement("div");
    root.className = "prose live";
    scroller.append(root);
    document.body.replaceChildren(scroller);
    const { show, end } = way === "engine" ? engine(root) : way === "oracle" ? oracle(root, source) : { show: () => {}, end: () => {} };
    await new Promise((resolve) => setTimeout(resolve, 300));
    window.begin?.();
    let longestTaskMs = 0;
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, entry.duration);
    });
    observer.observe({ entryTypes: ["longtask"] });
    const start = performance.now();
    let at = 0;
    let frames = 0;
    let commits = 0;
    await new Promise<void>((resolve) => {
      const frame = () => {
        frames++;
        if (at < deltas.length) requestAnimationFrame(frame);
      };
      const next = (commit: () => void) => (way === "engine" ? onNextFrame(commit) : requestAnimationFrame(commit));
      const commit = () => {
        const due = Math.min(deltas.length, Math.floor(((performance.now() - start) / 1_000) * perSecond));
        if (due > at) {
          commits++;
          show(deltas.slice(at, due).join(""));
          at = due;
          scroller.scrollTop = scroller.scrollHeight;
        }
        if (at < deltas.length) next(commit);
        else resolve();
      };
      requestAnimationFrame(frame);
      next(commit);
    });
    end();
    const wallMs = performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 100));
    observer.disconnect();
    const possible = wallMs / FRAME_MS;
    return { frames, commits, lost: Math.max(0, 1 - frames / possible), longestTaskMs, wallMs, text: root.textContent?.length ?? 0 };
  },
};

declare global {
  interface Window {
    bench: typeof bench;
    begin?: () => void;
  }
}
window.bench = bench;
