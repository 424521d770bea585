// The same script, plus the element under ChatKit's tag name, for pages and bindings written for it.
import "./launcher/chatdock.ts";
import { ChatDockElement, define } from "./launcher/shell.ts";

// A class can carry one tag only.
define("openai-chatkit", class extends ChatDockElement {});
