// nlux, with an adapter that streams text and no typing animation.
import { createAiChat } from "@nlux/core";
import "@nlux/themes/nova.css";
import { deltas, peer } from "./page.ts";

type Observer = { next(text: string): void; complete(): void };

peer({
  make(root, history) {
    const chat = createAiChat()
      .withAdapter({
        streamText: (_message: string, observer: Observer) => {
          void deltas((text) => observer.next(text)).then(() => observer.complete());
        },
      })
      .withMessageOptions({ streamingAnimationSpeed: 0 })
      .withInitialConversation(history.map(({ role, text }) => ({ role: role as "user" | "assistant", message: text })) as never);
    chat.mount(root);
    return {
      ask: (text) => {
        const box = root.querySelector("textarea") as HTMLTextAreaElement;
        box.value = text;
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
        (root.querySelector("button") as HTMLButtonElement).click();
      },
      inside: () => root,
    };
  },
});
