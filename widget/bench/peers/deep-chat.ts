// deep-chat, as its guide has one stream: a handler that is told each delta.
import "deep-chat";
import { deltas, peer } from "./page.ts";

type Signals = { onOpen(): void; onClose(): void; onResponse(answer: { text: string }): void };
type Element = HTMLElement & {
  connect: unknown;
  history: unknown;
  submitUserMessage(message: { text: string }): void;
  style: CSSStyleDeclaration;
};

peer({
  make(root, history) {
    const chat = document.createElement("deep-chat") as Element;
    chat.style.cssText = "display:block;width:100%;height:100%;border:0";
    chat.connect = {
      stream: { partialRender: true },
      handler: async (_body: unknown, signals: Signals) => {
        signals.onOpen();
        await deltas((text) => signals.onResponse({ text }));
        signals.onClose();
      },
    };
    if (history.length) chat.history = history.map(({ role, text }) => ({ role: role === "user" ? "user" : "ai", text }));
    root.append(chat);
    return { ask: (text) => chat.submitUserMessage({ text }), inside: () => chat.shadowRoot ?? chat };
  },
});
