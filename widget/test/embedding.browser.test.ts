// Every way onto a page: the script tag's attributes, the verbs, launcher, side panel, inline, whole page, phones.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;

const SESSION = 'data-session-endpoint="/session"';

before(async () => {
  browser = await launch(["--autoplay-policy=no-user-gesture-required"]);
  const tagged = (attributes: string, body = "<h1>Acme</h1>") => page(body, { attributes: `${SESSION} ${attributes}` });
  server = await fakeServer({
    "/plain": page("<h1>Acme</h1>"),
    "/tag": tagged(
      'data-offset-x="33" data-offset-y="44" data-position="left" data-launcher-selector=".help"',
      '<button class="help">Help</button><h1>Acme</h1>',
    ),
    "/top": tagged('data-position="top-left" data-z-index="7" data-width="360" data-height="500"'),
    "/side": tagged('data-mode="side" data-hide-launcher data-launcher-selector="#help"', '<button id="help">Help</button>'),
    "/inline": page(
      `<h1>Acme</h1><div id="here"></div><script nonce="test" src="/widget/chatdock.js" ${SESSION} data-mode="inline" data-target="#here" data-height="480"></script><footer>The end</footer>`,
      { script: "none.js" },
    ),
    "/grows": tagged('data-mode="inline" data-height="auto"', "<h1>Acme</h1>"),
    "/page": tagged('data-mode="page"', ""),
    "/preview": tagged('data-preview-message="Can I help you?" data-preview-seconds="0.1"'),
    "/auto": tagged('data-auto-open-seconds="0.1"'),
    "/element": page("<chat-dock></chat-dock>"),
    "/beside": page(`<link rel="modulepreload" nonce="test" href="/widget/app.js"><chat-dock ${SESSION}></chat-dock>`),
    "/tagged-element": page(`<chat-dock ${SESSION}></chat-dock>`),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string, { width = 1000, height = 800, locale = "en-GB", touch = false } = {}): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width, height }, locale, hasTouch: touch, isMobile: touch });
  await tab.goto(server.url + path);
  return tab;
}

const bubble = (tab: Page, name: string | RegExp = "Open chat") => tab.getByRole("button", { name, exact: typeof name === "string" });
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const say = async (tab: Page, text: string) => {
  await message(tab).fill(text);
  await message(tab).press("Enter");
};
const dock = (tab: Page, run: string) => tab.evaluate(`ChatDock.${run}`);

test("a chat's code that the page has loaded beside the script is asked for once", async () => {
  const tab = await open("/beside");
  await message(tab).waitFor();
  const asked = await tab.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
  assert.equal(asked.filter((each) => each === "/widget/app.js").length, 1, `${asked}`);
});

test("the tag's attributes place the bubble and name the page's own buttons", async () => {
  const tab = await open("/tag");
  const box = await bubble(tab).boundingBox();
  assert.equal(box?.x, 33);
  assert.equal((box?.y ?? 0) + (box?.height ?? 0), 800 - 44);
  await tab.getByRole("button", { name: "Help" }).click();
  await message(tab).waitFor();
  const panel = await tab.locator("dialog.p").boundingBox();
  assert.equal(panel?.x, 33);
  await tab.getByRole("button", { name: "Help" }).click();
  await tab.locator("dialog.p").waitFor({ state: "hidden" });
});

test("top-left, in the page's own stacking order, with a size of its own", async () => {
  const tab = await open("/top");
  await bubble(tab).click();
  await message(tab).waitFor();
  await tab.mouse.move(900, 700);
  await tab.waitForFunction(() => {
    const button = document.body.lastElementChild?.shadowRoot?.querySelector(".b")?.getBoundingClientRect();
    return button?.x === 20 && button.y === 20;
  });
  const panel = await tab.locator("dialog.p").boundingBox();
  assert.deepEqual([panel?.x, panel?.y, panel?.width, panel?.height], [20, 90, 360, 500]);
  const stacked = await tab.evaluate(() => {
    const host = document.body.lastElementChild as HTMLElement;
    return [getComputedStyle(host).zIndex, host.matches("[popover]")];
  });
  assert.deepEqual(stacked, ["7", false]);
});

test("a side panel stands along the page's whole height, without a bubble when the page has its own button", async () => {
  const tab = await open("/side");
  await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
  assert.equal(await bubble(tab).count(), 0);
  await tab.getByRole("button", { name: "Help" }).click();
  await message(tab).waitFor();
  await tab.waitForFunction(() => {
    const box = document.body.lastElementChild?.shadowRoot?.querySelector("dialog")?.getBoundingClientRect();
    return box && box.top === 0 && box.height === innerHeight && box.right === innerWidth && box.width === 420;
  });
  await tab.getByRole("button", { name: "Close chat" }).click();
  await tab.locator("dialog.p").waitFor({ state: "hidden" });
});

test("inline it stands where it was put, as high as it was told", async () => {
  const tab = await open("/inline");
  await message(tab).waitFor();
  const [inside, height] = await tab.evaluate(() => {
    const chat = document.querySelector("#here > chat-dock");
    return [chat !== null, chat?.getBoundingClientRect().height];
  });
  assert.deepEqual([inside, height], [true, 480]);
  assert.equal(await bubble(tab).count(), 0);
});

test("inline and growing, the page scrolls and nothing in the chat does", async () => {
  const tab = await open("/grows");
  await say(tab, "markdown");
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  await say(tab, "markdown");
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  const measured = await tab.evaluate(() => {
    const chat = document.querySelector("chat-dock") as HTMLElement;
    const log = chat.shadowRoot?.querySelector(".scroller") as HTMLElement;
    return { chat: chat.getBoundingClientRect().height, window: innerHeight, inner: log.scrollHeight - log.clientHeight };
  });
  assert.ok(measured.chat > measured.window, JSON.stringify(measured));
  assert.equal(measured.inner, 0);
  // The composer stays in sight wherever the page is.
  await tab.evaluate(() => scrollTo(0, 0));
  await tab.waitForFunction(() => {
    const box = document.querySelector("chat-dock")?.shadowRoot?.querySelector(".composer")?.getBoundingClientRect();
    return box && box.bottom <= innerHeight && box.top > 0;
  });
});

test("as a whole page it fills the window", async () => {
  const tab = await open("/page");
  await message(tab).waitFor();
  const box = await tab.locator("chat-dock").boundingBox();
  assert.deepEqual(box, { x: 0, y: 0, width: 1000, height: 800 });
});

test("a start that is higher than its place is scrolled from its very beginning", async () => {
  const tab = await open("/page", { width: 280, height: 440 });
  await message(tab).waitFor();
  await tab.evaluate(() => {
    const prompts = Array.from({ length: 8 }, (_, n) => ({ label: `Prompt ${n}`, prompt: "Hello" }));
    const chat = document.querySelector("chat-dock") as HTMLElement & { setOptions(options: unknown): void };
    chat.dataset.sessionEndpoint = "/session";
    chat.setOptions({ startScreen: { prompts } });
  });
  await tab.getByRole("button", { name: "Prompt 7" }).waitFor();
  const start = tab.locator(".start");
  assert.ok(await start.evaluate((el) => el.scrollHeight > el.clientHeight), "there is too little room");
  const [greeting, box] = [await tab.locator(".greeting").boundingBox(), await start.boundingBox()];
  assert.ok(greeting && box && greeting.y > box.y, `${greeting?.y} is below ${box?.y}`);
});

test("a preview message comes by itself, opens the chat, and once dismissed stays away in this tab", async () => {
  const tab = await open("/preview");
  await tab.getByRole("button", { name: "Can I help you?" }).click();
  await message(tab).waitFor();
  assert.equal(await tab.getByRole("button", { name: "Can I help you?" }).count(), 0);
  const other = await open("/preview");
  await other.getByRole("button", { name: "Dismiss message" }).click();
  await other.getByRole("button", { name: "Can I help you?" }).waitFor({ state: "detached" });
  await other.reload();
  await bubble(other).waitFor();
  await other.waitForTimeout(600);
  assert.equal(await other.getByRole("button", { name: "Can I help you?" }).count(), 0);
});

test("it opens by itself when asked to, and not again for who has closed it", async () => {
  const tab = await open("/auto");
  await message(tab).waitFor();
  await tab.locator(".closer").click();
  await tab.reload();
  await bubble(tab).waitFor();
  await tab.waitForTimeout(600);
  assert.equal(await tab.locator("dialog.p[open]").count(), 0);
});

test("every verb does what it says, and tells who listens", async () => {
  const tab = await open("/plain");
  await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
  await tab.evaluate(() => {
    const heard: unknown[] = [];
    const { ChatDock } = window as unknown as { ChatDock: Record<string, (...args: unknown[]) => unknown> };
    Object.assign(window, { heard });
    ChatDock.init?.({ sessionEndpoint: "/session", sound: true });
    for (const name of ["open", "close", "unread", "chatkit.response.end"])
      ChatDock.on?.(name, (detail: unknown) => heard.push([name, detail]));
  });
  await dock(tab, "open()");
  await say(tab, "slow");
  await tab.locator('[role=log][aria-busy="true"]').waitFor();
  await dock(tab, "close()");
  await bubble(tab, "Open chat (1)").waitFor();
  assert.equal(await tab.locator(".n").innerText(), "1");
  await dock(tab, "toggle()");
  await tab.locator('.b[aria-label="Close chat"]').waitFor();
  await dock(tab, "toggle()");
  await bubble(tab).waitFor();
  await dock(tab, "hide()");
  await bubble(tab).waitFor({ state: "hidden" });
  await dock(tab, "show()");
  await bubble(tab).waitFor();
  const heard = (await tab.evaluate("heard")) as unknown[];
  assert.deepEqual(heard.slice(0, 5), [
    ["open", null],
    ["close", null],
    ["chatkit.response.end", null],
    ["unread", 1],
    ["unread", 0],
  ]);
  await dock(tab, "destroy()");
  await bubble(tab).waitFor({ state: "detached" });
  assert.equal(await tab.evaluate(() => document.querySelectorAll("chat-dock").length), 0);
  await dock(tab, 'init({ sessionEndpoint: "/session" })');
  await bubble(tab).waitFor();
});

test("the icon of an installed page counts along where the page asks for it", async () => {
  const tab = await open("/plain");
  await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
  await tab.evaluate(() => {
    const counts: number[] = [];
    Object.assign(window, { counts });
    navigator.setAppBadge = async (count = -1) => void counts.push(count);
  });
  const last = () => tab.evaluate("counts.at(-1)");
  await dock(tab, 'init({ sessionEndpoint: "/session", appBadge: true, open: true })');
  await say(tab, "slow");
  await tab.locator('[role=log][aria-busy="true"]').waitFor();
  await dock(tab, "close()");
  await bubble(tab, "Open chat (1)").waitFor();
  await eventually(last, 1);
  await dock(tab, "open()");
  await eventually(last, 0);
  await say(tab, "slow");
  await tab.locator('[role=log][aria-busy="true"]').waitFor();
  await dock(tab, "close()");
  await eventually(last, 1);
  // Nothing is left of it when the chat leaves the page, and without the setting nothing happens.
  await dock(tab, "destroy()");
  await eventually(last, 0);
  const before = await tab.evaluate("counts.length");
  await dock(tab, 'init({ sessionEndpoint: "/session", open: true })');
  await say(tab, "slow");
  await tab.locator('[role=log][aria-busy="true"]').waitFor();
  await dock(tab, "close()");
  await bubble(tab, "Open chat (1)").waitFor();
  assert.equal(await tab.evaluate("counts.length"), before);
});

test("several stand on one page and answer to their names", async () => {
  const tab = await open("/tagged-element");
  await message(tab).waitFor();
  await tab.evaluate(() => {
    const { ChatDock } = window as unknown as { ChatDock: Record<string, (...args: unknown[]) => unknown> };
    ChatDock.init?.({ name: "sales", sessionEndpoint: "/session", position: "left", title: "Sales" });
    ChatDock.init?.({ name: "help", sessionEndpoint: "/session", title: "Help" });
    ChatDock.open?.("sales");
  });
  await tab.getByRole("heading", { name: "Sales" }).waitFor();
  assert.equal(await tab.getByRole("button", { name: "Open chat" }).count(), 1);
  assert.equal(await tab.locator('.b[aria-label="Close chat"]').count(), 1);
  assert.equal(await tab.getByRole("textbox", { name: "Message" }).count(), 2);
});

test("several on a page have each their own conversation and draft, also after a reload", async () => {
  const tab = await open("/plain");
  const start = async () => {
    await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
    for (const [name, position] of [
      ["sales", "left"],
      ["help", "right"],
    ] as const)
      await dock(tab, `init({ name: "${name}", sessionEndpoint: "/session", position: "${position}", width: 400, open: true })`);
  };
  await start();
  for (const n of [0, 1]) {
    await message(tab).nth(n).fill(`question ${n}`);
    await message(tab).nth(n).press("Enter");
    await tab.getByText(`You said: question ${n}`).waitFor();
    await message(tab).nth(n).fill(`draft ${n}`);
  }
  await tab.waitForFunction(() => ["draft 0", "draft 1"].every((each) => JSON.stringify({ ...sessionStorage }).includes(each)));
  await tab.reload();
  await start();
  for (const n of [0, 1]) {
    await tab.getByText(`You said: question ${n}`).waitFor();
    await eventually(() => message(tab).nth(n).inputValue(), `draft ${n}`);
  }
});

test("another user finds nothing of the one before: no thread, no draft, no session", async () => {
  const tab = await open("/plain");
  await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
  await dock(tab, 'init({ sessionEndpoint: "/session", user: "ada", open: true })');
  await say(tab, "hello from ada");
  await tab.getByText("You said: hello from ada").waitFor();
  await message(tab).fill("ada's secret draft");
  await tab.waitForFunction(() => JSON.stringify({ ...sessionStorage }).includes("secret draft"));
  const minted = server.secrets.length;
  await dock(tab, 'identify("ada")');
  assert.equal(await message(tab).inputValue(), "ada's secret draft", "the same user again changes nothing");
  await dock(tab, 'identify({ id: "grace" })');
  await tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
  assert.equal(await message(tab).inputValue(), "");
  assert.ok(!(await tab.content()).includes("ada's secret"));
  await tab.waitForFunction(() => !JSON.stringify({ ...sessionStorage }).match(/secret draft|cthr_/));
  assert.equal(await tab.getByText("hello from ada").count(), 0);
  await say(tab, "hello from grace");
  await tab.getByText("You said: hello from grace").waitFor();
  assert.ok(server.secrets.length > minted, "a session of her own");
  await message(tab).fill("grace's draft");
  await dock(tab, "reset()");
  await tab.getByRole("heading", { name: "Hello! How can we help?" }).waitFor();
  assert.equal(await message(tab).inputValue(), "");
  await tab.reload();
  await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
  assert.deepEqual(await tab.evaluate(() => Object.keys(sessionStorage).filter((key) => /thread|drafts/.test(key))), []);
});

test("who comes back as themselves finds their draft; who comes as another does not", async () => {
  const tab = await open("/plain");
  const start = async (user: string) => {
    await tab.waitForFunction(() => "init" in ((window as { ChatDock?: object }).ChatDock ?? {}));
    await dock(tab, `init({ sessionEndpoint: "/session", user: ${JSON.stringify(user)}, open: true })`);
    await message(tab).waitFor();
  };
  await start("ada");
  await message(tab).fill("half a thought");
  await tab.waitForFunction(() => JSON.stringify({ ...sessionStorage }).includes("half a thought"));
  await tab.reload();
  await start("ada");
  assert.equal(await message(tab).inputValue(), "half a thought");
  await tab.reload();
  await start("grace");
  assert.equal(await message(tab).inputValue(), "");
  assert.ok(!(await tab.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes("half a thought"));
});

test("a page that swaps its body keeps the bubble; an element that is taken out and put back works again", async () => {
  const tab = await open("/tag");
  await bubble(tab).waitFor();
  await tab.evaluate(() => {
    const body = document.createElement("body");
    body.append("Another page");
    document.documentElement.replaceChild(body, document.body);
  });
  await bubble(tab).click();
  await message(tab).waitFor();
  const other = await open("/tagged-element");
  await say(other, "first");
  await other.getByText("You said: first").waitFor();
  await other.evaluate(() => {
    const chat = document.querySelector("chat-dock") as HTMLElement;
    Object.assign(window, { chat });
    chat.remove();
  });
  await other.waitForFunction(() => (window as unknown as { chat: HTMLElement }).chat.shadowRoot?.childElementCount === 0);
  await other.evaluate(() => document.body.prepend((window as unknown as { chat: HTMLElement }).chat));
  await other.getByText("You said: first").waitFor();
  await say(other, "second");
  await other.getByText("You said: second").waitFor();
});

test("a phone sees nothing but the chat: modal, as high as what is seen, the page behind held still", async () => {
  const tab = await open("/tag", { width: 390, height: 844, touch: true });
  await bubble(tab).click();
  await message(tab).waitFor();
  const state = await tab.evaluate(() => {
    const dialog = (document.body.lastElementChild as HTMLElement).shadowRoot?.querySelector("dialog") as HTMLDialogElement;
    const { x, y, width, height } = dialog.getBoundingClientRect();
    return { modal: dialog.matches(":modal"), box: [x, y, width, height], overflow: getComputedStyle(document.documentElement).overflow };
  });
  assert.equal(state.modal, true);
  assert.deepEqual(state.box.slice(2), [390, 844]);
  assert.equal(state.overflow, "hidden");
  // A keyboard takes half of what is seen.
  await tab.evaluate(() => {
    Object.defineProperty(visualViewport, "height", { value: 400, configurable: true });
    Object.defineProperty(visualViewport, "offsetTop", { value: 120, configurable: true });
    visualViewport?.dispatchEvent(new Event("resize"));
  });
  await tab.waitForFunction(() => {
    const dialog = (document.body.lastElementChild as HTMLElement).shadowRoot?.querySelector("dialog");
    const composer = dialog?.querySelector("chat-dock")?.shadowRoot?.querySelector(".composer")?.getBoundingClientRect();
    return composer && composer.bottom <= 520 && composer.top >= 120;
  });
  await tab.getByRole("button", { name: "Close chat" }).click();
  await tab.waitForFunction(() => getComputedStyle(document.documentElement).overflow === "visible");
});

test("Escape closes the panel, and focus is where it came from", async () => {
  const tab = await open("/tag");
  await bubble(tab).focus();
  await tab.keyboard.press("Enter");
  await message(tab).waitFor();
  await tab.waitForFunction(() => (document.activeElement?.shadowRoot?.activeElement as HTMLElement)?.tagName === "CHAT-DOCK");
  await tab.keyboard.press("Escape");
  await tab.locator("dialog.p").waitFor({ state: "hidden" });
  await tab.waitForFunction(() => document.activeElement?.shadowRoot?.activeElement?.className === "b");
});

test("a page with the snippet asks for nothing more until it is used", async () => {
  const tab = await newTab(browser);
  const asked: string[] = [];
  tab.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await tab.goto(`${server.url}/tag`);
  await bubble(tab).waitFor();
  await tab.waitForTimeout(700);
  assert.deepEqual(
    asked.filter((path) => path !== "/favicon.ico"),
    ["/tag", "/widget/chatdock.js"],
  );
});

test("what the element's attributes say may be said anew while the chat is open, and what was written stays", async () => {
  const tab = await open("/tagged-element");
  await message(tab).fill("half a question");
  const said = await tab.evaluate(() => {
    const element = document.querySelector("chat-dock") as HTMLElement;
    Object.assign(element.dataset, { colorScheme: "dark", accent: "#23513f", title: "Acme help", greeting: "Ahoy!", locale: "de" });
    return element.shadowRoot?.querySelector<HTMLElement>(".root")?.dataset.scheme;
  });
  assert.equal(said, "light", "looked at before the change");
  await tab.getByText("Ahoy!").waitFor();
  await tab.getByText("Acme help").waitFor();
  await tab.getByRole("textbox", { name: "Nachricht" }).waitFor();
  const look = () =>
    tab.evaluate(() => {
      const root = document.querySelector("chat-dock")?.shadowRoot?.querySelector(".root") as HTMLElement;
      return [root.dataset.scheme, root.lang, getComputedStyle(root).getPropertyValue("--ck-accent").trim()];
    });
  assert.deepEqual(await look(), ["dark", "de", "#23513f"]);
  assert.equal(await tab.getByRole("textbox", { name: "Nachricht" }).inputValue(), "half a question");
  await tab.evaluate(() => {
    const element = document.querySelector("chat-dock") as HTMLElement;
    for (const name of ["data-color-scheme", "data-title", "data-locale"]) element.removeAttribute(name);
  });
  await message(tab).waitFor();
  await tab.getByText("Acme help").waitFor({ state: "detached" });
  assert.deepEqual((await look()).slice(0, 2), ["light", "en-GB"]);
});
