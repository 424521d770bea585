// Pages that make it hard: shadow roots, hostile styles, isolation, iframes; and that the page is left as it was.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

const SESSION = 'data-session-endpoint="/session"';
const HOSTILE = `*,*::before,*::after{all:unset!important;color:lime!important;font:9px/1 monospace!important;position:static!important;float:left!important}
div{display:none!important}button,textarea,section,header,dialog{display:none!important;transform:rotate(7deg)!important;letter-spacing:9px!important}
html,body,main{float:none!important;display:block!important}#c{display:block!important;float:none!important;width:100%!important;height:700px!important}body{transform:scale(1);filter:blur(0)}html{direction:ltr;text-transform:uppercase;word-spacing:20px;visibility:visible}`;
const style = (css: string) => `<style nonce="test">${css}</style>`;

before(async () => {
  browser = await launch(["--js-flags=--expose-gc"]);
  server = await fakeServer(
    {
      "/plain": page("<h1>Acme</h1>"),
      "/tagged-element": page(`<chat-dock ${SESSION}></chat-dock>`),
      "/hostile": page(`${style(HOSTILE)}<main><chat-dock id="c" ${SESSION}></chat-dock></main>`, { attributes: SESSION }),
    },
    async (request, response, path) => {
      const answer = (body: string, headers: Record<string, string>) => {
        response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body);
        return true;
      };
      if (path === "/isolated")
        return answer(page(`<chat-dock ${SESSION}></chat-dock>`), {
          "cross-origin-embedder-policy": "require-corp",
          "cross-origin-opener-policy": "same-origin",
        });
      // What such a page's policy has to allow: the frame, and nothing of the chat's own.
      const framing = {
        "content-security-policy":
          "default-src 'none'; script-src 'nonce-test' 'strict-dynamic'; style-src 'nonce-test'; connect-src 'self'; frame-src 'self'",
      };
      if (path === "/framed") return answer(page(`<chat-dock data-frame ${SESSION}></chat-dock>`), framing);
      if (path === "/framed-launcher") return answer(page("<h1>Acme</h1>", { attributes: `${SESSION} data-frame` }), framing);
      if (path === "/loose") return answer("<!doctype html><html lang=en><title>Test</title><body></body></html>", {});
      if (path === "/embed") {
        const parent = new URL(request.url ?? "", server.url).searchParams.get("parent") ?? "";
        return answer(
          `<!doctype html><html lang="en" data-parent="${parent}"><title>Chat</title><style nonce="test">body{margin:0}</style><body><script nonce="test" src="/widget/embed.js"></script></body></html>`,
          {
            "content-security-policy":
              "default-src 'none'; script-src 'self' 'nonce-test'; style-src 'nonce-test'; connect-src 'self'; img-src 'self' data: blob:; require-trusted-types-for 'script'; trusted-types 'none'",
          },
        );
      }
      return false;
    },
  );
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string, { width = 1000, height = 800, touch = false } = {}): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width, height }, hasTouch: touch, isMobile: touch });
  await tab.goto(server.url + path);
  return tab;
}

const bubble = (tab: Page, name: string | RegExp = "Open chat") => tab.getByRole("button", { name, exact: typeof name === "string" });
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const say = async (tab: Page, text: string) => {
  await message(tab).fill(text);
  await message(tab).press("Enter");
};

test("inside another shadow root, also when the script stands there", async () => {
  const tab = await open("/loose");
  await tab.evaluate(() => {
    const outer = document.createElement("div");
    const root = outer.attachShadow({ mode: "open" });
    const chat = document.createElement("chat-dock");
    const script = document.createElement("script");
    chat.dataset.sessionEndpoint = "/session";
    script.src = "/widget/chatdock.js";
    document.body.replaceChildren(outer);
    root.append(chat, script);
  });
  await say(tab, "deep inside");
  await tab.getByText("You said: deep inside").waitFor();
});

test("a hostile page changes nothing: the same box, type and colours as on an empty page", async () => {
  const look = (tab: Page) =>
    tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
      return [".root", ".header", ".greeting", ".composer", ".input", ".send", ".prompt"].map((selector) => {
        const style = getComputedStyle(root.querySelector(selector) as Element);
        return [
          selector,
          style.display,
          style.color,
          style.fontSize,
          style.fontFamily,
          style.letterSpacing,
          style.textTransform,
          style.wordSpacing,
          style.position,
          style.float,
          style.transform,
          style.visibility,
        ];
      });
    });
  const [calm, hostile] = [await open("/tagged-element"), await open("/hostile")];
  for (const tab of [calm, hostile]) await tab.getByText("Hello! How can we help?").waitFor({ state: "attached" });
  assert.deepEqual(await look(hostile), await look(calm));
  const box = await hostile.locator("dialog ~ button.b").boundingBox();
  assert.deepEqual([box?.width, box?.height], [56, 56]);
  await hostile.locator("button.b").click();
  await hostile.locator("dialog .composer").waitFor();
});

test("on an isolated page (COEP and COOP) a conversation goes as anywhere", async () => {
  const tab = await open("/isolated");
  assert.equal(await tab.evaluate("crossOriginIsolated"), true);
  await say(tab, "isolated");
  await tab.getByText("You said: isolated").waitFor();
});

test("in an iframe: options, the secret, methods and events go by message, and only by it", async () => {
  const tab = await open("/framed");
  const inside = tab.frameLocator("iframe");
  await inside.getByText("Hello! How can we help?").waitFor();
  await tab.evaluate(() => {
    const chat = document.querySelector("chat-dock") as HTMLElement & Record<string, (o: unknown) => Promise<void>>;
    const heard: string[] = [];
    Object.assign(window, { heard });
    for (const name of ["chatkit.response.end", "chatkit.thread.change"]) chat.addEventListener(name, (event) => heard.push(event.type));
    chat.setOptions?.({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      theme: "dark",
      startScreen: { greeting: "From the page" },
      onClientTool: async ({ name }: { name: string }) => ({ ran: name }),
    });
  });
  await inside.getByText("From the page").waitFor();
  await inside.locator('[data-scheme="dark"]').waitFor();
  await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & Record<string, (o: unknown) => Promise<void>>).sendUserMessage?.({
      text: "tool",
    }),
  );
  await inside.getByText(/"ran"/).waitFor();
  await tab.waitForFunction(() => (window as unknown as { heard: string[] }).heard.includes("chatkit.response.end"));
  const refused = await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & Record<string, (...o: unknown[]) => Promise<void>>)
      .sendCustomAction?.({ type: "x" }, "nobody")
      .then(
        () => "",
        (error: Error) => error.message,
      ),
  );
  assert.equal(typeof refused, "string");
  const secrets = server.secrets.slice(-2);
  const seen = await inside.locator("html").evaluate((el) => el.outerHTML + JSON.stringify({ ...sessionStorage }) + location.href);
  assert.ok(!secrets.some((secret) => seen.includes(secret)), "the secret is in no address, attribute or storage");
});

test("the frame hears nobody but the page it was made for", async () => {
  const tab = await open("/framed");
  const inside = tab.frameLocator("iframe");
  await inside.getByText("Hello! How can we help?").waitFor();
  // From within, from another frame of the same page, and in another origin's name.
  await tab.evaluate(() => {
    const target = (document.querySelector("chat-dock") as HTMLElement).shadowRoot?.querySelector<HTMLIFrameElement>("iframe")
      ?.contentWindow as Window;
    const message = { type: "chatdock.options", options: { startScreen: { greeting: "Stolen" } }, functions: [], data: {} };
    const stranger = document.createElement("iframe");
    document.body.append(stranger);
    (stranger.contentWindow as Window & typeof globalThis).Function.prototype.call.call(
      (stranger.contentWindow as Window).postMessage,
      target,
      message,
      "*",
    );
    target.dispatchEvent(new MessageEvent("message", { data: message, origin: "https://evil.example", source: window }));
    target.dispatchEvent(new MessageEvent("message", { data: message, origin: location.origin, source: target }));
  });
  await tab.waitForTimeout(300);
  assert.equal(await inside.getByText("Stolen").count(), 0);
});

test("two in iframes have each their own conversation, also after a reload", async () => {
  const tab = await open("/framed");
  const second = () =>
    tab.evaluate(() => {
      const chat = document.querySelector("chat-dock")?.cloneNode() as HTMLElement;
      chat.dataset.name = "second";
      document.body.append(chat);
    });
  const inside = (n: number) => tab.locator("iframe").nth(n).contentFrame();
  await second();
  for (const n of [0, 1]) {
    await inside(n).getByRole("textbox", { name: "Message" }).fill(`question ${n}`);
    await inside(n).getByRole("textbox", { name: "Message" }).press("Enter");
    await inside(n).getByText(`You said: question ${n}`).waitFor();
  }
  await tab.reload();
  await second();
  for (const n of [0, 1]) await inside(n).getByText(`You said: question ${n}`).waitFor();
});

test("a launcher with its chat in an iframe opens, closes from within, and counts what was missed", async () => {
  const tab = await open("/framed-launcher", { width: 390, height: 844, touch: true });
  await bubble(tab).click();
  const inside = tab.frameLocator("iframe");
  await inside.getByRole("button", { name: "Close chat" }).click();
  await bubble(tab).waitFor();
});

test("the page's globals and prototypes are left as they were", async () => {
  const tab = await newTab(browser);
  await tab.goto(`${server.url}/loose`);
  const changed = await tab.evaluate(async (session) => {
    // Everything reachable from the window's own classes, with the identity of every function.
    const look = () => {
      const seen = new Map<string, unknown>();
      for (const name of Object.getOwnPropertyNames(window)) {
        const owner = Object.getOwnPropertyDescriptor(window, name)?.value;
        seen.set(name, typeof owner === "function" ? owner : typeof owner);
        if (typeof owner !== "function") continue;
        for (const [part, holder] of [
          ["", owner],
          [".prototype", owner.prototype],
        ] as const) {
          if (!holder) continue;
          for (const key of Reflect.ownKeys(holder)) {
            const found = Object.getOwnPropertyDescriptor(holder, key);
            seen.set(
              `${name}${part}.${String(key)}`,
              found?.get ?? found?.set ?? (typeof found?.value === "object" ? "object" : found?.value),
            );
          }
        }
      }
      return seen;
    };
    const before = look();
    const script = document.createElement("script");
    script.src = "/widget/chatdock.js";
    const chat = document.createElement("chat-dock") as HTMLElement & { sendUserMessage(message: unknown): Promise<void> };
    chat.dataset.sessionEndpoint = session;
    document.body.append(script, chat);
    await new Promise((resolve) => chat.addEventListener("chatkit.ready", resolve, { once: true }));
    const answered = new Promise((resolve) => chat.addEventListener("chatkit.response.end", resolve, { once: true }));
    await chat.sendUserMessage({ text: "markdown" });
    await answered;
    const after = look();
    return [...new Set([...before.keys(), ...after.keys()])].filter((key) => !Object.is(before.get(key), after.get(key)));
  }, "/session");
  assert.deepEqual(changed, ["ChatDock"]);
});

test("a script that knows nothing of the element hears on the document that its chat is ready, within a shadow too", async () => {
  const tab = await open("/plain");
  const heard = await tab.evaluate(async (session) => {
    const ready = new Promise((resolve) => document.addEventListener("chatdock:ready", ({ target }) => resolve(target), { once: true }));
    const host = document.createElement("div");
    const chat = document.createElement("chat-dock");
    chat.dataset.sessionEndpoint = session;
    host.attachShadow({ mode: "open" }).append(chat);
    document.body.append(host);
    return (await ready) === host;
  }, "/session");
  assert.equal(heard, true);
});

test("fifty times put in and taken out, nothing stays behind", async () => {
  const tab = await open("/plain");
  await tab.waitForFunction(() => customElements.get("chat-dock"));
  const cycle = (times: number) =>
    tab.evaluate(async (times) => {
      for (let n = 0; n < times; n++) {
        const chat = document.createElement("chat-dock") as HTMLElement & {
          setOptions(o: unknown): void;
          sendUserMessage(message: unknown): Promise<void>;
        };
        const until = (name: string) => new Promise((resolve) => chat.addEventListener(name, resolve, { once: true }));
        const ready = until("chatkit.ready");
        document.body.append(chat);
        chat.setOptions({
          api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
          composer: { attachments: { enabled: true }, tools: [{ id: "a", label: "A", icon: "globe" }] },
          theme: { typography: { fontSources: [{ family: "Test", src: "/none.woff2" }] } },
        });
        await ready;
        const answered = until("chatkit.response.end");
        await chat.sendUserMessage({ text: n % 2 ? "card" : "sources", newThread: true });
        await answered;
        chat.remove();
        await new Promise((resolve) => setTimeout(resolve));
      }
    }, times);
  const session = await tab.context().newCDPSession(tab);
  const count = async () => {
    // Twice: what one collection frees may have held more.
    for (let n = 0; n < 3; n++) {
      await tab.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
      await session.send("HeapProfiler.collectGarbage");
    }
    const { nodes, jsEventListeners, documents } = await session.send("Memory.getDOMCounters");
    const { result: prototype } = await session.send("Runtime.evaluate", { expression: "customElements.get('chat-dock').prototype" });
    const { objects } = await session.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId as string });
    const { result: length } = await session.send("Runtime.callFunctionOn", {
      objectId: objects.objectId as string,
      functionDeclaration: "function () { return this.length; }",
      returnByValue: true,
    });
    await session.send("Runtime.releaseObject", { objectId: objects.objectId as string });
    return { nodes, jsEventListeners, documents, elements: length.value as number };
  };
  // The first few load chunks, sheets and fonts that are kept for the page's life.
  await cycle(4);
  const before = await count();
  await cycle(50);
  const after = await count();
  const story = JSON.stringify({ before, after });
  assert.ok(after.elements <= before.elements, story);
  assert.ok(after.jsEventListeners <= before.jsEventListeners + 5, story);
  assert.ok(after.nodes <= before.nodes + 60, story);
  assert.equal(after.documents, before.documents, story);
});

test("files dropped before anything can take them are attached once it can; where nothing may, the page stays", async () => {
  const tab = await open("/plain");
  await tab.waitForFunction(() => customElements.get("chat-dock"));
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await tab.route(/compose-/, async (route) => {
    await held;
    await route.continue();
  });
  const left = await tab.evaluate(async () => {
    const chat = document.createElement("chat-dock");
    chat.dataset.sessionEndpoint = "/session";
    document.body.append(chat);
    await new Promise((resolve) => chat.addEventListener("chatkit.log", resolve, { once: true }));
    const transfer = new DataTransfer();
    transfer.items.add(new File(["hello"], "early.txt", { type: "text/plain" }));
    return chat.dispatchEvent(new DragEvent("drop", { bubbles: true, composed: true, cancelable: true, dataTransfer: transfer }));
  });
  assert.equal(left, false, "the browser does not leave the page for the file");
  release();
  await tab.getByText("upload.txt").or(tab.getByText("early.txt")).first().waitFor();
});
