/** @jsxImportSource react */
// A page that drives <chat-dock> with our own React binding, StrictMode on.
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { ChatDock, useChatDock } from "../src/react/index.ts";

window.seen = [];

function Page() {
  const [count, setCount] = useState(0);
  const [shown, setShown] = useState(true);
  const { control, sendUserMessage } = useChatDock({
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
    onClientTool: ({ name, params }) => ({ name, params, count }),
  });
  window.send = (text) => sendUserMessage({ text });
  return (
    <>
      <button type="button" onClick={() => setCount(count + 1)}>
        render {count}
      </button>
      <button type="button" onClick={() => setShown(!shown)}>
        {shown ? "remove" : "bring back"}
      </button>
      {shown && <ChatDock control={control} className="from-react" style={{ height: 600 }} />}
    </>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
