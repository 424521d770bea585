// Dictation with a microphone that hums: recorded, sent, and added to what is written.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, still, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;
// Whether a page has heard that the server cannot hear.
let told = false;

before(async () => {
  browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  let known = true;
  server = await fakeServer({ "/element": page("<chat-dock></chat-dock>") }, async (_request, response, path) => {
    if (path === "/know-nothing") known = false;
    if (path !== "/v1/chatkit/config") return false;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ dictation: known }));
    told = !known;
    return true;
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(): Promise<Page> {
  const tab = await newTab(browser, { permissions: ["microphone"] });
  await tab.goto(`${server.url}/element`);
  await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      composer: { dictation: { enabled: true } },
    }),
  );
  return tab;
}
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });

test("what is said is added to what is written, and not sent", async () => {
  const tab = await open();
  await message(tab).fill("Written and");
  await tab.getByRole("button", { name: "Dictate" }).click();
  const group = tab.getByRole("group", { name: "Listening" });
  await group.getByText(/0:0[1-9]/).waitFor();
  await group.getByRole("button", { name: "Finish dictation" }).click();
  await tab.getByRole("button", { name: "Dictate" }).waitFor();
  await eventually(() => message(tab).inputValue(), "Written and spoken as audio/webm");
  assert.deepEqual(server.requests, ["input.transcribe"]);
  await tab.context().close();
});

test("a recording that is cancelled goes nowhere", async () => {
  server.requests.length = 0;
  const tab = await open();
  await tab.getByRole("button", { name: "Dictate" }).click();
  await tab.getByRole("button", { name: "Cancel dictation" }).click();
  await tab.getByRole("button", { name: "Dictate" }).waitFor();
  await eventually(() => message(tab).inputValue(), "");
  assert.deepEqual(server.requests, []);
  await tab.context().close();
});

test("a microphone that is refused is said, and nothing is lost", async () => {
  const tab = await open();
  await tab.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await message(tab).fill("kept");
  await tab.getByRole("button", { name: "Dictate" }).click();
  await tab.getByRole("alert").getByText("The microphone may not be used here.").waitFor();
  await eventually(() => message(tab).inputValue(), "kept");
  await tab.context().close();
});

test("where the server cannot hear there is no microphone", async () => {
  await fetch(`${server.url}/know-nothing`);
  const tab = await open();
  await message(tab).waitFor();
  await eventually(() => told, true);
  await still(tab);
  await eventually(() => tab.getByRole("button", { name: "Dictate" }).count(), 0);
  await tab.context().close();
});
