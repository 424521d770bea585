// What a plain conversation does without, as one chunk: the parts lazy.tsx brings in, and their styles.
import cardsCss from "./cards.css";
import filesCss from "./files.css";
import historyCss from "./history.css";
import itemsCss from "./items.css";
import menuCss from "./menu.css";
import questionsCss from "./questions.css";
import sheetCss from "./sheet.css";
import sourcesCss from "./sources.css";
import waitingCss from "./waiting.css";
import workflowCss from "./workflow.css";

export { Answers } from "./answers.tsx";
export { Files, Quoted, Tag } from "./brought.tsx";
export { GeneratedImage } from "./generated-image.tsx";
export { HeaderMenu } from "./header-menu.tsx";
export { HistoryPanel } from "./history.tsx";
export { HoverCard } from "./hover-card.tsx";
export { Judge } from "./judge.tsx";
export { enlarge, Lightbox } from "./lightbox.tsx";
export { Notices } from "./notice.tsx";
export { Progress } from "./progress.tsx";
export { Questions } from "./questions.tsx";
export { openSource, Sources } from "./sources.tsx";
export { WaitingMessages } from "./waiting.tsx";
export { TaskRow, Workflow } from "./workflow.tsx";

export const css = filesCss + cardsCss + itemsCss + menuCss + historyCss + questionsCss + sheetCss + sourcesCss + waitingCss + workflowCss;
