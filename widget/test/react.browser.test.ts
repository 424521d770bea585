// React's two versions in use, in StrictMode: the stock binding by changing the script alone, and our own.
import { after, before } from "node:test";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const VERSIONS = { 18: { react: "react-18", "react-dom": "react-dom-18" }, 19: {} };
const BINDINGS = {
  stock: { entry: "test/react-page.tsx", script: "chatkit.js", tag: "openai-chatkit" },
  own: { entry: "test/react-own-page.tsx", script: "chatdock.js", tag: "chat-dock" },
};

let browser: Browser;
let server: FakeServer;

before(async () => {
  const pages: Record<string, string> = {};
  for (const [version, alias] of Object.entries(VERSIONS))
    for (const [name, { entry, script }] of Object.entries(BINDINGS)) {
      const bundle = await build({
        absWorkingDir: __ROOT__,
        entryPoints: [entry],
        bundle: true,
        write: false,
        format: "iife",
        alias,
        // StrictMode mounts everything twice in development only.
        define: { "process.env.NODE_ENV": '"development"' },
      });
      const source = bundle.outputFiles[0]?.text.replaceAll("</script", "<\\/script") ?? "";
      pages[`/${name}/${version}`] = page('<div id="root"></div>', { script })
        .replace("</body>", "")
        .concat(`<script nonce="test">${source}</script>`);
    }
  [browser, server] = await Promise.all([launch(), fakeServer(pages)]);
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string): Promise<Page> {
  const tab = await newTab(browser);
  await tab.goto(server.url + path);
  return tab;
}
const idle = (tab: Page) => tab.locator('[role=log][aria-busy="false"]').waitFor();

for (const version of Object.keys(VERSIONS))
  for (const [name, { tag }] of Object.entries(BINDINGS))
    test(`the ${name} binding on React ${version} starts once, hears events and calls the newest functions`, async () => {
      const tab = await open(`/${name}/${version}`);
      await tab.getByRole("heading", { name: "From React" }).waitFor();
      await tab.waitForFunction(() => window.seen.includes("ready"));
      await tab.getByRole("button", { name: "render" }).click();
      await eventually(() => tab.locator(`${tag}.from-react`).count(), 1);
      await tab.evaluate(() => window.send("tool"));
      await tab.getByRole("log").getByText('"count":1').waitFor();
      await idle(tab);
      await eventually(() => tab.evaluate(() => window.seen), ["secret null 0", "ready", "start", "thread id", "end 1"]);
      await tab.context().close();
    });

for (const version of Object.keys(VERSIONS))
  test(`an element that React ${version} removes and brings back has its thread again`, async () => {
    const tab = await open(`/own/${version}`);
    await tab.waitForFunction(() => window.seen.includes("ready"));
    await tab.evaluate(() => window.send("hello"));
    await tab.getByRole("log").getByText("You said: hello").waitFor();
    await idle(tab);
    await tab.getByRole("button", { name: "remove" }).click();
    await eventually(() => tab.locator("chat-dock").count(), 0);
    await tab.getByRole("button", { name: "bring back" }).click();
    await tab.getByRole("log").getByText("You said: hello").waitFor();
    await tab.evaluate(() => window.send("again"));
    await tab.getByRole("log").getByText("You said: again").waitFor();
    await tab.context().close();
  });
