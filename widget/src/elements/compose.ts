// What a composer has besides text and Send, as one chunk: it comes once the page or the server offers any of it.
import composeCss from "./compose.css";
import filesCss from "./files.css";
import menuCss from "./menu.css";

export { Attached, DropZone } from "./attachments.tsx";
export { ComposeRow } from "./compose-row.tsx";
export { Mirror } from "./mirror.tsx";
export { Suggest } from "./suggest.tsx";

export const css = filesCss + menuCss + composeCss;
