// assistant-ui: its primitives, its markdown with GFM, a local runtime.
import { AssistantRuntimeProvider, ComposerPrimitive, MessagePrimitive, ThreadPrimitive, useLocalRuntime } from "@assistant-ui/react";
import { MarkdownTextPrimitive } from "@assistant-ui/react-markdown";
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import remarkGfm from "remark-gfm";
import { deltas, peer, type Said } from "./page.ts";

let ask: (text: string) => void = () => undefined;

async function* run() {
  let text = "";
  let wake: () => void = () => undefined;
  let ended = false;
  void deltas((delta) => {
    text += delta;
    wake();
  }).then(() => {
    ended = true;
    wake();
  });
  while (!ended) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    yield { content: [{ type: "text" as const, text }] };
  }
}

const Markdown = () => h(MarkdownTextPrimitive, { remarkPlugins: [remarkGfm] });
const Message = () => h(MessagePrimitive.Root, null, h(MessagePrimitive.Parts, { components: { Text: Markdown } } as never));

function Inside() {
  return h(
    ThreadPrimitive.Root,
    { style: { height: "100%", display: "flex", flexDirection: "column" } },
    h(
      ThreadPrimitive.Viewport,
      { style: { flex: 1, overflow: "auto" } } as never,
      h(ThreadPrimitive.Messages, { components: { UserMessage: Message, AssistantMessage: Message } } as never),
    ),
    h(
      ComposerPrimitive.Root,
      null,
      h(ComposerPrimitive.Input, { placeholder: "Message" } as never),
      h(ComposerPrimitive.Send, null, "Send"),
    ),
  );
}

function App({ history }: { history: Said[] }) {
  const initialMessages = history.map(({ role, text }) => ({ role: role as "user", content: [{ type: "text" as const, text }] }));
  const runtime = useLocalRuntime({ run } as never, { initialMessages } as never);
  ask = (text) => runtime.thread.append(text);
  return h(AssistantRuntimeProvider, { runtime } as never, h(Inside));
}

peer({
  make(root, history) {
    createRoot(root).render(h(App, { history }));
    return { ask: (text) => ask(text), inside: () => root };
  },
});
