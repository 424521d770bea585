// What a model was made to say must not carry off, hide, imitate or freeze anything on the page it is read on.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { HEAVY } from "./heavy.ts";

let browser: Browser;
let server: FakeServer;
/** Another site, and who asked it for what. */
let canary: Server;
let elsewhere: string;
const asked: { url: string; referer: string | undefined }[] = [];

before(async () => {
  canary = createServer((request, response) => {
    if (request.url !== "/favicon.ico") asked.push({ url: request.url ?? "", referer: request.headers.referer });
    response.writeHead(200, { "content-type": "text/html" }).end("<title>Elsewhere</title>");
  });
  await new Promise<void>((resolve) => canary.listen(0, "127.0.0.1", resolve));
  elsewhere = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
  browser = await launch(["--host-resolver-rules=MAP xn--pple-43d.example 127.0.0.1"]);
  server = await fakeServer({ "/": page('<div id="host">A page</div><chat-dock data-session-endpoint="/session"></chat-dock>') });
});
after(async () => {
  await browser.close();
  await server.close();
  canary.closeAllConnections();
  await new Promise((resolve) => canary.close(resolve));
});

async function open({ clipboard = false, hasTouch = false } = {}): Promise<Page> {
  const tab = await newTab(browser, {
    bypassCSP: true,
    hasTouch,
    ...(clipboard && { permissions: ["clipboard-read", "clipboard-write"] }),
  });
  await tab.goto(server.url);
  await tab.getByRole("textbox", { name: "Message" }).waitFor();
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill(text);
  await box.press("Enter");
  await tab.getByRole("button", { name: "Copy", exact: true }).last().waitFor();
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
}

const told = "what-was-said-here-".repeat(5);
const dialog = (tab: Page) => tab.getByRole("dialog", { name: /^Open link to/ });

test("a link that carries much text to another site says where it leads, and is followed only when told to", async () => {
  const tab = await open();
  const port = new URL(elsewhere).port;
  await say(
    tab,
    `write [short](${elsewhere}/short?q=tea) [query](${elsewhere}/query?d=${told}) [fragment](${elsewhere}/f#${told}) [spoof](http://аpple.example:${port}/?d=${told}) [own](${server.url}/own?d=${told})`,
  );
  const link = (name: string) => tab.getByRole("link", { name, exact: true });
  for (const [name, host] of [
    ["query", new URL(elsewhere).host],
    ["fragment", new URL(elsewhere).host],
    ["spoof", `xn--pple-43d.example:${port}`],
  ] as const) {
    await link(name).click();
    await tab.getByRole("dialog", { name: `Open link to ${host}?` }).waitFor();
    assert.ok((await dialog(tab).getByRole("textbox").inputValue()).includes(told), "the whole address is shown");
    if (name === "query") assert.deepEqual(await violations(tab), []);
    await tab.keyboard.press("Escape");
    await dialog(tab).waitFor({ state: "detached" });
  }
  assert.equal(asked.length, 0, "nothing was asked of the other site");
  assert.equal(tab.context().pages().length, 1);

  await link("query").focus();
  await tab.keyboard.press("Enter");
  await eventually(() => focused(tab), "Cancel");
  await tab.keyboard.press("Enter");
  await dialog(tab).waitFor({ state: "detached" });
  await eventually(() => focused(tab), "query");
  await link("query").click();
  const [there] = await Promise.all([tab.context().waitForEvent("page"), dialog(tab).getByRole("link", { name: "Open link" }).click()]);
  await until(() => assert.ok(asked.some(({ url }) => url.startsWith("/query"))));
  assert.equal(await there.evaluate(() => window.opener), null);
  await dialog(tab).waitFor({ state: "detached" });

  for (const name of ["short", "own"]) {
    const [opened] = await Promise.all([tab.context().waitForEvent("page"), link(name).click()]);
    await opened.close();
  }
  assert.equal(await dialog(tab).count(), 0);
  await until(() => assert.ok(asked.some(({ url }) => url.startsWith("/short"))));
  assert.deepEqual(asked.map(({ referer }) => referer).filter(Boolean), [], "and nobody is told whence");
});

test("such a link is asked about whichever way it is taken: with a key held, another button, the menu or a drag", async () => {
  const tab = await open();
  asked.length = 0;
  await say(tab, `write [long](${elsewhere}/long?d=${told}) [short](${elsewhere}/short)`);
  const link = tab.getByRole("link", { name: "long", exact: true });
  const ways: [string, () => Promise<void>][] = [
    ["Control", () => link.click({ modifiers: ["Control"] })],
    ["Shift", () => link.click({ modifiers: ["Shift"] })],
    ["the middle button", () => link.click({ button: "middle" })],
    ["the menu", () => link.click({ button: "right" })],
  ];
  for (const [way, take] of ways) {
    await take();
    await dialog(tab).waitFor();
    assert.equal(tab.context().pages().length, 1, way);
    await tab.keyboard.press("Escape");
    await dialog(tab).waitFor({ state: "detached" });
  }
  const drags = (name: string) =>
    tab.getByRole("link", { name, exact: true }).evaluate((el) => {
      return el.dispatchEvent(new DragEvent("dragstart", { bubbles: true, composed: true, cancelable: true }));
    });
  assert.deepEqual([await drags("long"), await drags("short")], [false, true]);
  assert.equal(await dialog(tab).count(), 0);
  assert.deepEqual(asked, []);
  const [there] = await Promise.all([
    tab.context().waitForEvent("page"),
    tab.getByRole("link", { name: "short", exact: true }).click({ button: "middle" }),
  ]);
  await there.close();
});

test("a long press on such a link shows nothing of it, and a tap asks", async () => {
  const tab = await open({ hasTouch: true });
  asked.length = 0;
  // Where one writes by touch, Enter begins another line.
  await tab
    .getByRole("textbox", { name: "Message" })
    .fill(`write [long](${elsewhere}/long?d=${told}) [short](${elsewhere}/short) [own](${server.url}/own?d=${told})`);
  await tab.getByRole("button", { name: "Send message" }).tap();
  await tab.getByRole("link", { name: "own", exact: true }).waitFor();
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  const marked = () =>
    tab.locator(".prose a").evaluateAll((all) => all.filter((each) => each.matches("[data-tells]")).map((each) => each.textContent));
  assert.deepEqual(await marked(), ["long"]);
  await tab.getByRole("link", { name: "long", exact: true }).tap();
  await dialog(tab).waitFor();
  await eventually(() => dialog(tab).getByRole("link").and(tab.locator("[data-tells]")).count(), 1);
  assert.deepEqual(asked, []);
});

test("an image's address is secure and short; what is neither is text, and asks nobody", async () => {
  const tab = await open();
  asked.length = 0;
  const fetched: string[] = [];
  await tab.route(/example[:/]/, (route) => {
    fetched.push(route.request().url());
    return route.abort();
  });
  const address = (length: number) => `https://images.example/${"x".repeat(length - "https://images.example/".length)}`;
  const named = { plain: "http://images.example/a.png", posing: "http://localhost:1@images.example/a.png", long: address(2_049) };
  const kept = { secure: "https://images.example/a.png", longest: address(2_048), local: `${elsewhere}/a.png` };
  await say(
    tab,
    `write ${Object.entries({ ...named, ...kept })
      .map(([name, url]) => `![${name}](${url})`)
      .join(" ")}`,
  );
  const chips = tab.locator(".prose .image-chip");
  await eventually(() => chips.count(), 3);
  assert.deepEqual(await chips.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.alt)), Object.keys(kept));
  for (const name of Object.keys(named)) await tab.locator(".prose").getByText(name, { exact: false }).first().waitFor();
  assert.equal(await tab.locator(".prose img").count(), 0);
  assert.deepEqual([...asked, ...fetched], []);
});

test("images of a widget come from the sites a thread names, where it names any, and from others when asked for", async () => {
  const tab = await open();
  const fetched: string[] = [];
  await tab.route(/example\//, (route) => {
    fetched.push(new URL(route.request().url()).host);
    return route.abort();
  });
  await say(tab, "pictures kept");
  await tab.getByRole("button", { name: "Load image: A hat elsewhere.example" }).waitFor();
  await tab.getByRole("button", { name: "Load image: Image images.example.evil.example" }).waitFor();
  await tab.getByRole("img", { name: "A dot" }).waitFor();
  await until(() => assert.deepEqual(fetched, ["images.example"]));
  await tab.getByRole("button", { name: /^Load image: A hat/ }).click();
  await until(() => assert.deepEqual(fetched, ["images.example", "elsewhere.example"]));
  assert.equal(await tab.getByRole("img", { name: "None" }).count(), 0, "what is no address");
  assert.deepEqual(await violations(tab), []);

  // Without such a list they are the operator's own: widgets come from the server.
  await tab.getByRole("button", { name: "New chat" }).click();
  fetched.length = 0;
  await say(tab, "pictures");
  await until(() => assert.equal(new Set(fetched).size, 3));
  assert.equal(await tab.getByRole("button", { name: /^Load image/ }).count(), 0);
});

const focused = (tab: Page) => tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.activeElement?.textContent ?? null);

test("code shows what else would be unseen in it, and is copied as it is shown", async () => {
  const tab = await open({ clipboard: true });
  // Trojan Source: what follows the comment is run, though it seems to be in it.
  const trojan = 'if (level != "user\u202e \u2066// only admins\u2069 \u2066") {\u200b\u2060 rm\ufeff(); }';
  await say(tab, `write \`\`\`js\n${trojan}\n\`\`\`\n\nand \`sudo\u202e reboot\u200b\`, پیش\u200cنمایش`);
  const code = tab.locator(".code code");
  const shown = await code.innerText();
  assert.equal(shown.trimEnd(), trojan.replace(/[\u202e\u2066\u2069\u200b\u2060\ufeff]/g, "\ufffd"));
  await tab.getByRole("button", { name: "Copy code" }).or(tab.locator(".code-copy")).first().click();
  await eventually(() => tab.evaluate(() => navigator.clipboard.readText()).then((text) => text.trimEnd()), shown.trimEnd());
  assert.equal(await tab.locator(".prose > p code").innerText(), "sudo\ufffd reboot\ufffd");
  // A joiner within a word is how the word is written.
  await tab.locator(".prose").getByText("پیش\u200cنمایش").waitFor();
});

test("keys that change every object change none, and values that are no style make none", async () => {
  const tab = await open();
  const foreign: string[] = [];
  tab.on("request", (request) => !request.url().startsWith(server.url) && foreign.push(request.url()));
  const before = await tab.evaluate(() => Reflect.ownKeys(Object.prototype).length);
  await say(tab, "polluted");
  await tab.getByText("An ordinary card").waitFor();
  await tab.getByRole("button", { name: "Send", exact: true }).click();
  await tab.getByRole("button", { name: "Go", exact: true }).click();
  assert.deepEqual(
    await tab.evaluate(() => [Reflect.ownKeys(Object.prototype).length, (<Record<string, unknown>>{}).polluted, {}.constructor === Object]),
    [before, undefined, true],
  );
  assert.deepEqual(foreign, []);
});

test("an answer draws nothing outside its own box", async () => {
  const tab = await open();
  const fake = `<div style="position:fixed;inset:0;z-index:99999">Confirm payment</div>\n\n${"W".repeat(3_000)}\n\n# ${"\u0628".repeat(900)}\n\n${"a\u0301\u0316".repeat(40)}${"\u0e49".repeat(200)}\n\n| ${"wide ".repeat(200)} |\n|-|\n\n\`${"x".repeat(2_000)}\`\n\n\u202eConfirm payment\u202c\n\n[ ](https://example.com) ![${"y".repeat(900)}](https://example.com/y.png)`;
  await say(tab, `write ${fake}`);
  const outside = await tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot as ShadowRoot;
    const log = (root.querySelector("[role=log]") as Element).getBoundingClientRect();
    const clipped = (el: Element) => el.closest(".table, pre, .math") !== null;
    return [...root.querySelectorAll(".turn.assistant .prose *")]
      .filter((el) => !clipped(el) || el.matches(".table, pre"))
      .map((el) => [el, el.getBoundingClientRect()] as const)
      .filter(([, box]) => box.left < log.left - 1 || box.right > log.right + 1)
      .map(([el]) => el.outerHTML.slice(0, 80));
  });
  assert.deepEqual(outside, []);
  const log = tab.locator("[role=log]");
  const wide = await log.evaluate((log) =>
    log.scrollWidth <= log.clientWidth + 1
      ? []
      : [...log.querySelectorAll("*")]
          .filter((el) => el.scrollWidth > log.clientWidth + 1 && !el.closest(".table, pre"))
          .map((el) => `${el.className} ${el.scrollWidth} ${el.outerHTML.slice(0, 60)}`),
  );
  assert.deepEqual(wide, [], "nothing scrolls sideways");
  assert.equal(await tab.getByRole("dialog").count(), 0);
  assert.equal(await tab.locator(".prose [style*=fixed]").count(), 0);
});

for (const name of Object.keys(HEAVY))
  test(`heavy: ${name} leaves the page in its user's hands`, async () => {
    const tab = await open();
    await say(tab, `heavy ${name}`);
    // Whoever reads can go on writing, and what was made of it is bounded.
    await tab.getByRole("textbox", { name: "Message" }).fill("still here");
    await eventually(() => tab.getByRole("textbox", { name: "Message" }).inputValue(), "still here");
    const nodes = await tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.querySelectorAll("*").length ?? 0);
    assert.ok(nodes < 260_000, `${nodes} elements`);
    const depth = await tab.evaluate(() => {
      let most = 0;
      const root = document.querySelector("chat-dock")?.shadowRoot?.querySelector(".prose");
      for (const el of root?.querySelectorAll("*") ?? []) {
        let n = 0;
        for (let at: Element | null = el; at && at !== root; at = at.parentElement) n++;
        most = Math.max(most, n);
        if (most > 400) break;
      }
      return most;
    });
    // Twenty quotes or items, each two elements at most, and twenty kinds of emphasis within.
    assert.ok(depth < 70, `${depth} deep`);
  });
