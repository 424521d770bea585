// The npm package's `chatdock/compat`: the same, and the element under ChatKit's tag name too.
import { define, ChatDockElement as Shell } from "../launcher/shell.ts";

// A class can carry one tag only.
if (typeof customElements !== "undefined") define("openai-chatkit", class extends Shell {});

export * from "./index.ts";
