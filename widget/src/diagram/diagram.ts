// Mermaid's commonest diagrams, drawn as SVG elements of our own beside their source. A source of another kind, or one that cannot be read,
// stays code.
import { readClasses } from "./class.ts";
import css from "./diagram.css";
import { drawGantt } from "./draw-gantt.ts";
import { drawGraph } from "./draw-graph.ts";
import { type Drawing, draw, type Measure } from "./drawing.ts";
import { readEntities } from "./entities.ts";
import { readFlow } from "./flow.ts";
import { readGantt } from "./gantt.ts";
import { type Graph, NotADiagram } from "./graph.ts";
import { drawPie } from "./pie.ts";
import { drawSequence, readSequence } from "./sequence.ts";
import { readStates } from "./state.ts";
import { drawStory, readJourney, readTimeline } from "./story.ts";
import { drawMindmap } from "./tree.ts";

export { css };

const MAX_CHARS = 20_000;
/** A drawing that does not fit is made smaller, but not below this. */
const LEAST_SCALE = 0.6;

/** The drawing of a source; throws NotADiagram. */
export function drawingOf(source: string, measure: Measure): Drawing {
  if (source.length > MAX_CHARS) throw new NotADiagram("too long");
  const [front, rest] = frontMatter(source);
  // A mindmap is written by indentation.
  const indented = rest
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)%%.*$/, "").trimEnd())
    .filter(Boolean);
  const [head = "", ...lines] = indented.map((line) => line.trim());
  const title = /^title:[ \t]*(.*)$/m.exec(front)?.[1] ?? "";
  const described = lines.map((line) => /^accTitle:[ \t]*(.*)$/.exec(line)?.[1]).find(Boolean) ?? title;
  const kind = /^[\w-]+/.exec(head)?.[0];
  switch (kind) {
    case "graph":
    case "flowchart":
      return graphOf(readFlow(head.replace(/;.*/, ""), [head.replace(/^[^;]*;?/, ""), ...lines]), described, measure);
    case "stateDiagram":
    case "stateDiagram-v2":
      return graphOf(readStates(lines), described, measure);
    case "classDiagram":
    case "classDiagram-v2":
      return graphOf(readClasses(lines), described, measure);
    case "erDiagram":
      return graphOf(readEntities(lines), described, measure);
    case "sequenceDiagram": {
      const sequence = readSequence(lines);
      return drawSequence({ ...sequence, title: sequence.title || described }, measure);
    }
    case "pie":
      return drawPie(head, lines, measure);
    case "gantt": {
      const plan = readGantt(lines);
      return drawGantt({ ...plan, title: plan.title || described }, measure);
    }
    case "mindmap":
      return drawMindmap(indented.slice(1), measure, described);
    case "timeline":
      return drawStory(readTimeline(lines), measure, described);
    case "journey":
      return drawStory(readJourney(lines), measure, described);
    default:
      throw new NotADiagram(`no diagram of ours: ${head.slice(0, 40)}`);
  }
}

function graphOf(graph: Graph, title: string, measure: Measure): Drawing {
  if (!graph.nodes.size) throw new NotADiagram("no nodes");
  return drawGraph({ ...graph, title }, measure);
}

function frontMatter(source: string): [string, string] {
  const found = /^\s*---[ \t]*\n([\s\S]*?)\n---[ \t]*\n([\s\S]*)$/.exec(source);
  return found ? [found[1] as string, found[2] as string] : ["", source];
}

/** Puts the drawing into the block of code, before its source, which moves behind a disclosure. */
export function show(code: HTMLElement, _language: string, words: { codeBlock: string }): void {
  const block = code.closest<HTMLElement>(".code");
  const pre = code.parentElement;
  if (!block || !pre || block.querySelector(".diagram")) return;
  const document = code.ownerDocument;
  let drawing: Drawing;
  try {
    drawing = drawingOf(code.textContent ?? "", measureIn(block));
  } catch (error) {
    if (error instanceof NotADiagram || error instanceof RangeError) return;
    throw error;
  }
  const svg = draw(drawing, document);
  svg.style.minWidth = `${Math.round(Math.min(drawing.width * LEAST_SCALE, drawing.width))}px`;
  const frame = document.createElement("div");
  frame.className = "diagram";
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-label", block.querySelector(".code-head span")?.textContent || words.codeBlock);
  frame.tabIndex = 0;
  frame.append(svg);
  const source = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = words.codeBlock;
  source.append(summary, pre);
  block.append(frame, source);
}

/** Measures text as the block shows it. */
function measureIn(block: HTMLElement): Measure {
  const context = block.ownerDocument.createElement("canvas").getContext("2d");
  const { fontFamily } = getComputedStyle(block);
  if (context) context.font = `14px ${fontFamily}`;
  return (line) => context?.measureText(line).width ?? line.length * 7.5;
}
