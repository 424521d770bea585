// Mermaid's commonest diagrams, drawn as SVG elements of our own beside their source. A source of another kind, or one that cannot be read,
// stays code.
import { readArchitecture } from "./architecture.ts";
import { readBlocks } from "./block.ts";
import { readC4 } from "./c4.ts";
import { readClasses } from "./class.ts";
import css from "./diagram.css";
import { drawArchitecture } from "./draw-architecture.ts";
import { drawBlocks } from "./draw-block.ts";
import { drawGantt } from "./draw-gantt.ts";
import { drawGit } from "./draw-git.ts";
import { drawGraph } from "./draw-graph.ts";
import { drawQuadrants } from "./draw-quadrant.ts";
import { drawRadar } from "./draw-radar.ts";
import { drawSankey } from "./draw-sankey.ts";
import { drawTreemap } from "./draw-treemap.ts";
import { drawChart } from "./draw-xychart.ts";
import { type Drawing, draw, type Measure } from "./drawing.ts";
import { readEntities } from "./entities.ts";
import { readFlow } from "./flow.ts";
import { readGantt } from "./gantt.ts";
import { readGit } from "./git.ts";
import { atMost, type Graph, NotADiagram, refuse } from "./graph.ts";
import { drawKanban } from "./kanban.ts";
import { drawPacket } from "./packet.ts";
import { drawPie } from "./pie.ts";
import { readQuadrants } from "./quadrant.ts";
import { readRadar } from "./radar.ts";
import { readRequirements } from "./requirement.ts";
import { readSankey } from "./sankey.ts";
import { drawSequence, readSequence } from "./sequence.ts";
import { setting, sourceOf } from "./source.ts";
import { readStates } from "./state.ts";
import { drawStory, readJourney, readTimeline } from "./story.ts";
import { drawMindmap } from "./tree.ts";
import { readTreemap } from "./treemap.ts";
import { readChart } from "./xychart.ts";

export { css };

const MAX_CHARS = 20_000;
/** A drawing that does not fit is made smaller, but not below this. */
const LEAST_SCALE = 0.6;

/** The drawing of a source; throws NotADiagram. */
export function drawingOf(source: string, measure: Measure): Drawing {
  atMost(source.length, MAX_CHARS);
  const { head, lines, indented, title, config } = sourceOf(source);
  const kind = /^[\w-]+/.exec(head)?.[0].replace(/-(?:beta|v2)$/, "");
  switch (kind) {
    case "graph":
    case "flowchart":
      return graphOf(readFlow(head.replace(/;.*/, ""), [head.replace(/^[^;]*;?/, ""), ...lines]), title, measure);
    case "stateDiagram":
      return graphOf(readStates(lines), title, measure);
    case "classDiagram":
      return graphOf(readClasses(lines), title, measure);
    case "erDiagram":
      return graphOf(readEntities(lines), title, measure);
    case "sequenceDiagram":
      return drawSequence(named(readSequence(lines), title), measure);
    case "pie":
      return drawPie(head, lines, measure);
    case "gantt":
      return drawGantt(named(readGantt(lines), title), measure);
    case "mindmap":
      return drawMindmap(indented, measure, title);
    case "timeline":
      return drawStory(readTimeline(lines), measure, title);
    case "journey":
      return drawStory(readJourney(lines), measure, title);
    case "gitGraph":
      return drawGit(named(readGit(head, lines, config), title), measure);
    case "quadrantChart":
      return drawQuadrants(named(readQuadrants(lines), title), measure);
    case "xychart":
      return drawChart(named(readChart(head, lines, config), title), measure);
    case "C4Context":
    case "C4Container":
    case "C4Component":
    case "C4Dynamic":
    case "C4Deployment": {
      const graph = readC4(head, lines);
      return graphOf(graph, graph.title || title, measure);
    }
    case "requirementDiagram":
      return graphOf(readRequirements(lines), title, measure);
    case "kanban":
      return drawKanban(indented, measure, title);
    case "packet":
      return drawPacket(lines, config, measure, title);
    case "radar":
      return drawRadar(named(readRadar(lines), title), measure);
    case "sankey":
      return drawSankey(readSankey(lines, setting(config, "nodeAlignment")), config, measure, title);
    case "treemap":
      return drawTreemap(named(readTreemap(indented), title), config, measure);
    case "architecture":
      return drawArchitecture(readArchitecture(lines), title, measure);
    case "block":
      return drawBlocks(readBlocks(lines), title, measure);
    default:
      refuse(`no diagram of ours: ${head.slice(0, 40)}`);
  }
}

/** A title of its own goes before the one that any diagram may have. */
function named<T extends { title: string }>(read: T, title: string): T {
  return { ...read, title: read.title || title };
}

function graphOf(graph: Graph, title: string, measure: Measure): Drawing {
  if (!graph.nodes.size) refuse("nothing");
  return drawGraph({ ...graph, title }, measure);
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
