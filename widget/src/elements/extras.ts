// What a plain conversation does without, as one chunk: the parts lazy.tsx brings in, and their styles.
import historyCss from "./history.css";
import menuCss from "./menu.css";
import questionsCss from "./questions.css";
import sourcesCss from "./sources.css";
import workflowCss from "./workflow.css";

export { HistoryPanel } from "./history.tsx";
export { Menu } from "./menu.tsx";
export { Questions } from "./questions.tsx";
export { Sources } from "./sources.tsx";
export { TaskRow, Workflow } from "./workflow.tsx";

export const css = historyCss + menuCss + questionsCss + sourcesCss + workflowCss;
