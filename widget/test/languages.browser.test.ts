// Languages in a real browser: each comes alone, turns the page's sides where it is read from right to left, and fits a narrow phone.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before } from "node:test";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { languages } from "../scripts/bundle.mjs";
import type { Terms } from "../src/i18n/terms.ts";
import { launch, newTab, page, test, until } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const SHOTS = `${__ROOT__}.cache/shots`;
const OUT = `${__ROOT__}.cache/languages-shown/`;
let browser: Browser;
let server: FakeServer;
let codes: string[];
const terms = new Map<string, Terms>();

before(async () => {
  await mkdir(SHOTS, { recursive: true });
  codes = await languages();
  await build({ entryPoints: codes.map((code) => `${__ROOT__}src/i18n/${code}.ts`), outdir: OUT, format: "esm", logLevel: "warning" });
  for (const code of codes) terms.set(code, ((await import(`${OUT}${code}.js`)) as { terms: Terms }).terms);
  browser = await launch();
  const chat = (attributes = "") => page(`<chat-dock data-session-endpoint="/session" ${attributes}></chat-dock>`);
  server = await fakeServer({
    "/browser": chat(),
    "/page": page("<chat-dock></chat-dock>"),
    "/launcher": page("", { attributes: 'data-session-endpoint="/session" data-locale="pt-BR"' }),
    ...Object.fromEntries(codes.map((code) => [`/${code}`, chat(`data-locale="${code}"`)])),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string, { locale = "en-GB", width = 400, height = 720 } = {}) {
  const tab = await newTab(browser, { viewport: { width, height }, locale });
  const wanted: string[] = [];
  tab.on("request", (request) => {
    const name = /\/([a-z]{2,3}(?:-[A-Z][A-Za-z]+|-\d{3})?)-[A-Z0-9]{5}\.js$/.exec(new URL(request.url()).pathname)?.[1];
    if (name && codes.includes(name)) wanted.push(name);
  });
  await tab.goto(server.url + path);
  return { tab, wanted };
}

const composer = (tab: Page, code: string) => tab.getByRole("textbox", { name: terms.get(code)?.message as string, exact: true });
const language = (tab: Page) =>
  tab.evaluate(() => {
    const root = document.querySelector("chat-dock")?.shadowRoot?.querySelector<HTMLElement>("[lang]");
    return `${root?.lang} ${root?.dir}`;
  });

for (const code of ["de", "ja", "ar", "he", "fa", "hi", "zh-TW", "th"])
  test(`${code} is one file, and all of the chat`, async () => {
    const own = terms.get(code) as Terms;
    const { tab, wanted } = await open(`/${code}`);
    await composer(tab, code).waitFor();
    assert.equal(await language(tab), `${code} ${own.dir}`);
    await tab.screenshot({ path: `${SHOTS}/language-${code}-start.png` });
    await composer(tab, code).fill("think");
    await composer(tab, code).press("Enter");
    await tab.getByRole("button", { name: own.copy, exact: true }).waitFor();
    await tab.getByRole("heading", { name: own.youSaid }).waitFor({ state: "attached" });
    await tab.screenshot({ path: `${SHOTS}/language-${code}-answer.png` });
    await tab.getByRole("button", { name: own.history, exact: true }).click();
    await tab.getByRole("heading", { name: own.today, exact: true }).waitFor();
    await tab.screenshot({ path: `${SHOTS}/language-${code}-history.png` });
    assert.deepEqual(wanted, [code]);
    await tab.context().close();
  });

test("English asks for no language, and the browser's own is taken where the page names none or says auto", async () => {
  const english = await open("/browser");
  await english.tab.getByRole("textbox", { name: "Message", exact: true }).waitFor();
  assert.equal(await language(english.tab), "en-GB ltr");
  assert.deepEqual(english.wanted, []);
  const mexican = await open("/browser", { locale: "es-MX" });
  await composer(mexican.tab, "es-419").waitFor();
  assert.equal(await language(mexican.tab), "es-MX ltr");
  assert.deepEqual(mexican.wanted, ["es-419"]);
  const { tab, wanted } = await open("/page", { locale: "fi-FI" });
  await speak(tab, "auto", "fi-FI");
  await composer(tab, "fi").waitFor();
  assert.deepEqual(wanted, ["fi"]);
});

test("the launcher is named in the language its tag says, and so is the chat", async () => {
  const { tab, wanted } = await open("/launcher");
  await tab.getByRole("button", { name: terms.get("pt-BR")?.open as string, exact: true }).click();
  await composer(tab, "pt-BR").waitFor();
  assert.deepEqual(wanted, ["pt-BR"]);
});

test("what the service tells is told in the chat's language, what a workflow tells is left as it is", async () => {
  const { tab } = await open("/de");
  const told = async (text: string) => {
    await composer(tab, "de").fill(text);
    await composer(tab, "de").press("Enter");
    await tab.getByRole("article").getByText(text, { exact: true }).waitFor();
    return tab.getByRole("alert");
  };
  await (await told("timeout")).getByText(terms.get("de")?.errorTimeout as string).waitFor();
  await (await told("error")).getByText("The order system does not answer.").waitFor();
  const english = await open("/browser");
  await english.tab.getByRole("textbox", { name: "Message", exact: true }).fill("timeout");
  await english.tab.keyboard.press("Enter");
  await english.tab.getByRole("alert").getByText("The assistant took too long to answer. Please try again.").waitFor();
});

/** Sets options with that locale, and waits until the chat speaks it. */
async function speak(tab: Page, locale: string, tag = locale, own: Record<string, unknown> = {}): Promise<void> {
  await tab.waitForFunction(() => customElements.get("chat-dock"));
  await tab.evaluate(
    ([locale, own]) => {
      const getClientSecret = async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret;
      const composer = { attachments: { enabled: true }, dictation: { enabled: true } };
      const element = document.querySelector("chat-dock") as unknown as { setOptions(options: unknown): void };
      element.setOptions({ api: { getClientSecret }, composer, threadItemActions: { feedback: true, retry: true }, locale, ...own });
    },
    [locale, own] as const,
  );
  await tab.waitForFunction((tag) => document.querySelector("chat-dock")?.shadowRoot?.querySelector<HTMLElement>(`[lang="${tag}"]`), tag);
}

test("a page's own words are shown in place of the language's", async () => {
  const { tab } = await open("/page");
  await speak(tab, "de", "de", { terms: { message: "Was gibt’s?", history: "Früher" } });
  await tab.getByRole("textbox", { name: "Was gibt’s?" }).waitFor();
  await tab.getByRole("button", { name: "Früher" }).waitFor();
  await tab.getByRole("button", { name: "Neuer Chat" }).waitFor();
  await speak(tab, "de", "de", { terms: { message: "Und nun?" } });
  await tab.getByRole("textbox", { name: "Und nun?" }).waitFor();
  await tab.getByRole("button", { name: "Verlauf" }).waitFor();
});

test("a chat that is read from right to left is mirrored: bubbles, controls, and what points", async () => {
  const middles = async (code: string) => {
    const own = terms.get(code) as Terms;
    const { tab } = await open(`/${code}`);
    await composer(tab, code).fill("Привет");
    await composer(tab, code).press("Enter");
    await tab.getByRole("button", { name: own.copy, exact: true }).waitFor();
    const middle = async (selector: string) => {
      const box = await tab.locator(selector).first().boundingBox();
      return box ? Math.round(box.x + box.width / 2) : -1;
    };
    const at = {
      bubble: await middle(".bubble"),
      send: await middle(".send"),
      history: await middle(".header button"),
      copy: await middle(".turn.assistant button"),
    };
    await tab.getByRole("button", { name: own.history, exact: true }).click();
    const back = tab.getByRole("button", { name: own.closeHistory, exact: true }).locator("svg");
    const points = await back.evaluate((svg) => new DOMMatrix(getComputedStyle(svg).transform).a);
    await tab.context().close();
    return { at, points };
  };
  const left = await middles("de");
  assert.equal(left.points, 1);
  assert.ok(left.at.bubble > 200 && left.at.send > 200 && left.at.history < 200 && left.at.copy < 200, JSON.stringify(left.at));
  for (const code of ["ar", "he", "fa", "ur"]) {
    const { at, points } = await middles(code);
    assert.equal(points, -1, code);
    assert.ok(at.bubble < 200 && at.send < 200 && at.history > 200 && at.copy > 200, `${code}: ${JSON.stringify(at)}`);
  }
});

test("a title in other letters than the chat's stands at the chat's side, beside History", async () => {
  for (const [code, title] of [
    ["he", "Latin letters"],
    ["de", "כותרת"],
  ] as const) {
    const { tab } = await open(`/${code}`);
    await composer(tab, code).waitFor();
    await tab.locator("chat-dock").evaluate((el, text) => {
      (el as HTMLElement & { setOptions(options: object): void }).setOptions({
        locale: el.getAttribute("data-locale") ?? undefined,
        header: { title: { text } },
      });
    }, title);
    await tab.getByRole("heading", { name: title }).waitFor();
    const [history, text] = await tab.locator(".header").evaluate((header) => {
      const range = document.createRange();
      range.selectNodeContents(header.querySelector(".title") as Element);
      return [header.querySelector("button") as Element, range].map((each) => each.getBoundingClientRect().toJSON() as DOMRect);
    });
    const gap = code === "he" ? (history?.left ?? 0) - (text?.right ?? 0) : (text?.left ?? 0) - (history?.right ?? 0);
    assert.ok(gap >= 0 && gap < 30, `${code}: ${gap}`);
    await tab.context().close();
  }
});

test("Send is at the end of its row before what else stands there is loaded", async () => {
  for (const code of ["de", "ur"]) {
    const tab = await newTab(browser, { viewport: { width: 400, height: 720 } });
    let asked = false;
    await tab.route("**/compose-*.js", () => {
      asked = true; // and never answered
    });
    await tab.goto(`${server.url}/${code}`);
    await composer(tab, code).waitFor();
    await until(async () => assert.ok(asked));
    const box = await tab.locator(".send").boundingBox();
    assert.ok(box);
    assert.equal(box.x + box.width / 2 > 200, code === "de", `${code}: ${JSON.stringify(box)}`);
    await tab.context().close();
  }
});

/** What sticks out of the chat, or does not fit into its own button. */
const tooWide = () => {
  const root = document.querySelector("chat-dock")?.shadowRoot?.querySelector<HTMLElement>("[lang]") as HTMLElement;
  const { left, right } = root.getBoundingClientRect();
  const wrong: string[] = [];
  for (const each of root.querySelectorAll<HTMLElement>("button, a, p, h2, h3, small, label, summary, .notice, .line, .turn, textarea")) {
    const box = each.getBoundingClientRect();
    if (box.width === 0 || each.closest(".sr, [hidden]")) continue;
    const what = `${each.className || each.tagName} "${(each.textContent ?? "").trim().slice(0, 60)}"`;
    if (box.left < left - 1 || box.right > right + 1) wrong.push(`${what} sticks out`);
    if (each.matches("button") && each.scrollWidth > each.clientWidth + 1) wrong.push(`${what} is cut off`);
  }
  if (root.scrollWidth > root.clientWidth + 1) wrong.push("the chat scrolls sideways");
  return wrong;
};

test(
  "nothing is cut off at 320 pixels, in any language",
  async () => {
    const { tab } = await open("/page", { width: 320, height: 640 });
    const wrong: string[] = [];
    const states: [name: string, reach: (own: Terms) => Promise<void>, ofEach?: () => Promise<void>][] = [
      ["start", async () => {}],
      [
        "error",
        async (own) => {
          await tab.getByRole("textbox", { name: own.message, exact: true }).fill("error");
          await tab.keyboard.press("Enter");
          await tab.getByRole("alert").getByRole("button").waitFor();
        },
      ],
      [
        "history",
        async (own) => {
          await tab.getByRole("button", { name: own.history, exact: true }).click();
        },
        // Another language closes the question where its group of threads is called something else.
        async () => {
          if (await tab.locator(".confirm").isVisible()) return;
          await tab.locator(".history li").first().locator("[aria-haspopup=menu]").click();
          await tab.getByRole("menu").getByRole("menuitem").first().waitFor();
          for (const each of await tab.evaluate(tooWide)) wrong.push(`menu: ${each}`);
          await tab.getByRole("menu").locator(".danger").click();
          await tab.locator(".confirm").waitFor();
        },
      ],
    ];
    await speak(tab, "de");
    for (const [name, reach, ofEach] of states) {
      await reach(terms.get("de") as Terms);
      for (const code of codes) {
        await speak(tab, code);
        await tab.waitForFunction(
          ([term]) => document.querySelector("chat-dock")?.shadowRoot?.querySelector(`[aria-label="${term}"]`),
          [(terms.get(code) as Terms).newChat],
        );
        await ofEach?.();
        for (const each of await tab.evaluate(tooWide)) wrong.push(`${code}, ${name}: ${each}`);
        if (["de", "fi", "ta", "ar"].includes(code)) await tab.screenshot({ path: `${SHOTS}/narrow-${code}-${name}.png` });
      }
      await speak(tab, "de");
    }
    assert.deepEqual(wrong, []);
  },
  { timeoutMs: 600_000 },
);
