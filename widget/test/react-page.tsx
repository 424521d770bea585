/** @jsxImportSource react */
// A page that drives <openai-chatkit> with the stock React binding, StrictMode on.
import { ChatKit, useChatKit } from "@openai/chatkit-react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

declare global {
  interface Window {
    seen: string[];
    send(text: string): Promise<void>;
  }
}
window.seen = [];

function Page() {
  const [count, setCount] = useState(0);
  const { control, sendUserMessage } = useChatKit({
    api: {
      getClientSecret: async (current) => {
        window.seen.push(`secret ${current} ${count}`);
        return (await (await fetch("/session", { method: "POST" })).json()).client_secret;
      },
    },
    startScreen: { greeting: "From React" },
    onReady: () => window.seen.push("ready"),
    onResponseStart: () => window.seen.push("start"),
    onResponseEnd: () => window.seen.push(`end ${count}`),
    onThreadChange: ({ threadId }) => window.seen.push(`thread ${threadId ? "id" : "null"}`),
    onEffect: ({ name }) => window.seen.push(`effect ${name}`),
    onClientTool: ({ name, params }) => ({ name, params, count }),
  });
  window.send = (text) => sendUserMessage({ text });
  return (
    <>
      <button type="button" onClick={() => setCount(count + 1)}>
        render {count}
      </button>
      <ChatKit control={control} className="from-react" />
    </>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
