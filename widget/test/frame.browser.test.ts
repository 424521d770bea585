// The chat in an iframe of the real service on a page of another site: two servers, two origins, and a conversation between them.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before } from "node:test";
import type { Browser, FrameLocator } from "playwright-core";
import { eventually, launch, newTab, page, test, until } from "./browser.ts";
import { type RealServer, realServer } from "./real-server.ts";

const KEY = "sk_test_0123456789abcdef";
let browser: Browser;
let shop: Server;
let shopUrl: string;
let real: RealServer;

/** The customer's server: its pages, and the one route that knows the server key. */
before(async () => {
  shop = createServer(async (request, response) => {
    if (request.method === "POST") {
      const minted = await fetch(`${real.url}/v1/chatkit/sessions`, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ user: "framed", workflow: { id: "wf_gallery" } }),
      });
      return response.writeHead(200, { "content-type": "application/json" }).end(await minted.text());
    }
    const body = page(`<chat-dock data-frame data-session-endpoint="/session"></chat-dock>`);
    const html = body.replace("/widget/", `${real.url}/widget/`);
    const policy = `default-src 'none'; script-src 'nonce-test' 'strict-dynamic'; style-src 'nonce-test'; connect-src 'self'; frame-src ${real.url}`;
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html", "content-security-policy": policy }).end(html);
  });
  // Another name of this machine is another site.
  await new Promise<void>((resolve) => shop.listen(0, "localhost", resolve));
  shopUrl = `http://localhost:${(shop.address() as AddressInfo).port}`;
  [browser, real] = await Promise.all([launch(), realServer({ CHATDOCK_API_KEY: KEY, CHATDOCK_ALLOWED_ORIGINS: shopUrl })]);
});
after(async () => {
  await browser.close();
  await real.close();
  shop.closeAllConnections();
  await new Promise((resolve) => shop.close(resolve));
});

const say = async (inside: FrameLocator, text: string) => {
  await inside.getByRole("textbox", { name: "Message" }).fill(text);
  await inside.getByRole("button", { name: "Send message" }).click();
};

test("a page of another site talks through the frame and hears of it, and reads nothing of it", async () => {
  assert.equal(new URL(real.url).hostname, "127.0.0.1");
  const tab = await newTab(browser);
  await tab.addInitScript(() => document.addEventListener("chatdock:ready", ({ target }) => Object.assign(window, { ready: target })));
  await tab.goto(shopUrl);
  await tab.waitForFunction(() => (window as unknown as { ready?: Element }).ready?.localName === "chat-dock");
  await tab.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    for (const name of ["response.start", "response.end", "thread.change"])
      document.querySelector("chat-dock")?.addEventListener(`chatkit.${name}`, () => heard.push(name));
  });
  const inside = tab.frameLocator("iframe");
  await say(inside, "ahoy");
  await inside.getByRole("log").getByText("You said: ahoy").waitFor();
  await until(async () => {
    const heard = await tab.evaluate(() => (window as unknown as { heard: string[] }).heard);
    for (const name of ["response.start", "thread.change", "response.end"]) assert.ok(heard.includes(name), name);
  });
  await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & { sendUserMessage(o: object): Promise<void> }).sendUserMessage({ text: "again" }),
  );
  await inside.getByRole("log").getByText("You said: again").waitFor();
  // Nothing of the conversation is the page's: it is in a document of another origin.
  assert.equal(await tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.querySelector("iframe")?.contentDocument), null);
  await eventually(() => inside.getByRole("button", { name: "Stop" }).count(), 0);
});

test("a reload brings the conversation back, also where the browser keeps nothing for a frame of another site", async () => {
  const tab = await newTab(browser);
  await tab.goto(shopUrl);
  const inside = tab.frameLocator("iframe");
  await say(inside, "remember me");
  await inside.getByRole("log").getByText("You said: remember me").waitFor();
  const keeps = () =>
    tab
      .frames()[1]
      ?.evaluate(() => String(sessionStorage.length))
      .catch((error: Error) => error.message);
  assert.match((await keeps()) ?? "", /Access is denied/, "this browser keeps nothing for it");
  await tab.reload();
  await inside.getByRole("log").getByText("You said: remember me").waitFor();
  // Who begins anew has begun anew after a reload as well.
  await inside.getByRole("button", { name: "New chat" }).click();
  await inside.getByRole("log").waitFor({ state: "detached" });
  await tab.reload();
  await inside.getByRole("textbox", { name: "Message" }).waitFor();
  await say(inside, "hello again");
  await inside.getByRole("log").getByText("You said: hello again").waitFor();
  assert.equal(await inside.getByText("remember me").count(), 0);
});

test("the element's attributes reach the frame, also when they change", async () => {
  const tab = await newTab(browser);
  await tab.goto(shopUrl);
  const inside = tab.frameLocator("iframe");
  await inside.getByRole("textbox", { name: "Message" }).fill("half a question");
  await tab.evaluate(() => {
    const element = document.querySelector("chat-dock") as HTMLElement;
    Object.assign(element.dataset, { colorScheme: "dark", greeting: "Ahoy!", locale: "de" });
  });
  await inside.getByText("Ahoy!").waitFor();
  const field = inside.getByRole("textbox", { name: "Nachricht" });
  assert.equal(await field.inputValue(), "half a question");
  const scheme = () => inside.locator("chat-dock .root").getAttribute("data-scheme");
  assert.equal(await scheme(), "dark");
  await tab.evaluate(() => document.querySelector("chat-dock")?.removeAttribute("data-color-scheme"));
  await until(async () => assert.equal(await scheme(), "light"));
  assert.equal(await field.inputValue(), "half a question");
});

test("a page that is not listed is framed nothing", async () => {
  const stranger = createServer((_request, response) =>
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(`<iframe src="${real.url}/embed?parent=${encodeURIComponent(shopUrl)}"></iframe>`),
  );
  await new Promise<void>((resolve) => stranger.listen(0, "localhost", resolve));
  try {
    const tab = await newTab(browser);
    const refused = tab.waitForEvent("console", { predicate: (message) => message.text().includes("frame-ancestors") });
    await tab.goto(`http://localhost:${(stranger.address() as AddressInfo).port}`);
    await refused;
    assert.equal(await tab.frameLocator("iframe").locator("chat-dock").count(), 0);
  } finally {
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
  }
});
