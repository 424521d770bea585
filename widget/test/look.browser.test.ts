// What a page may change of the look, seen in the browser: properties, parts, slots, a style sheet; and the answer read aloud.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;
const STYLE = `chat-dock{--ck-bubble:rgb(1, 2, 3);--ck-on-bubble:rgb(4, 5, 6)}chat-dock::part(send){border-radius:3px}
chat-dock::part(assistant-message)::before{content:"";display:block;width:24px;height:24px;background:rgb(7, 8, 9)}`;

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page(
      `<style nonce="test">${STYLE}</style><chat-dock><p slot="start">Above the greeting</p><p slot="footer">Below the composer</p><b slot="header">Logo</b></chat-dock>`,
    ),
    "/bubble": page("<h1>Acme</h1>", { attributes: 'data-session-endpoint="/session"' }),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(options: Record<string, unknown>): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width: 700, height: 700 } });
  await tab.goto(server.url);
  await tab.evaluate((given) => {
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      ...given,
    });
  }, options);
  await tab.locator(".input").waitFor();
  return tab;
}

const say = async (tab: Page, text: string) => {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.getByRole("textbox", { name: "Message" }).press("Enter");
};
const style = (tab: Page, selector: string, property: string, pseudo?: string) =>
  tab.evaluate(
    ([selector, property, pseudo]) => {
      const el = document.querySelector("chat-dock")?.shadowRoot?.querySelector(selector as string);
      return el ? getComputedStyle(el, pseudo).getPropertyValue(property as string) : "";
    },
    [selector, property, pseudo],
  );

test("properties, parts, slots and a style sheet each reach what they name", async () => {
  const tab = await open({ theme: { stylesheet: ".greeting { color: rgb(10, 11, 12) }" } });
  for (const text of ["Above the greeting", "Below the composer", "Logo"]) await tab.getByText(text).waitFor();
  assert.equal(await style(tab, ".greeting", "color"), "rgb(10, 11, 12)");
  assert.equal(await style(tab, ".send", "border-top-left-radius"), "3px");
  await say(tab, "hello");
  await tab.getByText("You said: hello").waitFor();
  assert.equal(await style(tab, ".bubble", "background-color"), "rgb(1, 2, 3)");
  assert.equal(await style(tab, ".bubble", "color"), "rgb(4, 5, 6)");
  assert.equal(await style(tab, ".turn.assistant", "background-color", "::before"), "rgb(7, 8, 9)");
});

test("a page's own picture is on the bubble while the chat is closed, and the arrow on the bubble's own ground while it is open", async () => {
  const tab = await newTab(browser, { viewport: { width: 1000, height: 800 } });
  await tab.goto(`${server.url}/bubble`);
  await tab.getByRole("button", { name: "Open chat" }).waitFor();
  await tab.evaluate(() => {
    for (const [name, value] of [
      ["--ck-launcher", "linear-gradient(rgb(1, 2, 3), rgb(4, 5, 6)) center / cover"],
      ["--ck-on-launcher", "transparent"],
    ] as const)
      document.documentElement.style.setProperty(name, value);
  });
  const look = () =>
    tab.locator(".b").evaluate((el) => {
      const { backgroundImage, backgroundColor, color } = getComputedStyle(el);
      return [backgroundImage, backgroundColor, color].join(" | ");
    });
  await eventually(look, "linear-gradient(rgb(1, 2, 3), rgb(4, 5, 6)) | rgba(0, 0, 0, 0) | rgba(0, 0, 0, 0)");
  await tab.getByRole("button", { name: "Open chat" }).click();
  await eventually(look, "none | rgb(23, 23, 26) | rgb(255, 255, 255)");
  await tab.locator(".b").click();
  await eventually(look, "linear-gradient(rgb(1, 2, 3), rgb(4, 5, 6)) | rgba(0, 0, 0, 0) | rgba(0, 0, 0, 0)");
});

for (const locale of ["en-GB", "ar"])
  test(`a face stands beside what the assistant says, in ${locale}, and nothing moves without one`, async () => {
    const tab = await open({ locale });
    const box = tab.locator(".input");
    await box.fill("markdown");
    await box.press("Enter");
    await tab.locator('[role=log][aria-busy="false"]').waitFor();
    const edges = () =>
      tab.locator(".turn.assistant").evaluate((turn) => {
        const [outer, inner] = [turn, turn.querySelector(".prose") as Element].map((each) => each.getBoundingClientRect());
        const { width, height, backgroundImage } = getComputedStyle(turn, "::after");
        const rtl = getComputedStyle(turn).direction === "rtl";
        const room = outer && inner && Math.round(rtl ? outer.right - inner.right : inner.left - outer.left);
        return [room, width, height, backgroundImage].join(" ");
      });
    await eventually(edges, "0 0px 0px none");
    await tab.evaluate(() => {
      const { style } = document.querySelector("chat-dock") as HTMLElement;
      style.setProperty("--ck-avatar", "linear-gradient(red, red)");
      style.setProperty("--ck-avatar-size", "30px");
    });
    await eventually(edges, "42 30px 30px linear-gradient(rgb(255, 0, 0), rgb(255, 0, 0))");
  });

test("what is not understood among the options is named in the console, and nothing else happens", async () => {
  const tab = await open({});
  const warned: string[] = [];
  tab.on("console", (message) => message.type() === "warning" && warned.push(message.text()));
  const heard = tab.waitForEvent("console", { predicate: (message) => message.text().includes("composer.tools.0.colour") });
  await tab.evaluate(() =>
    (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      nonsense: 1,
      composer: { tools: [{ id: "a", label: "A", colour: "red" }] },
    }),
  );
  await heard;
  assert.deepEqual(warned, ["chat-dock: ignored the option nonsense", "chat-dock: ignored the option composer.tools.0.colour"]);
  await tab.getByRole("button", { name: "Tools" }).waitFor();
});

test("buttons of the page's own stand below each answer and tell which it is, and any of ours goes by its part", async () => {
  const tab = await open({});
  // Functions of options that are set again with equal data are the new ones.
  const set = (round: number) =>
    tab.evaluate((round) => {
      const { heard } = window as unknown as { heard: unknown[] };
      (document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void }).setOptions({
        api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
        header: { rightAction: { icon: "star", label: "Star", onClick: () => heard.push([round, "star"]) } },
        threadItemActions: {
          custom: [
            {
              icon: "mail",
              label: "Mail it",
              onClick: ({ text, itemIds, threadId }: { text: string; itemIds: string[]; threadId: string }) =>
                heard.push([round, text, itemIds.length, threadId.slice(0, 5)]),
            },
            { icon: "no such icon", label: "Keep it" },
          ],
        },
        theme: { stylesheet: "[part~=copy] { display: none }" },
      });
    }, round);
  await tab.evaluate(() => void Object.assign(window, { heard: [] }));
  await set(1);
  await say(tab, "hello");
  await tab.getByRole("button", { name: "Mail it" }).click();
  await tab.getByRole("button", { name: "Keep it" }).click();
  await tab.getByRole("button", { name: "Star" }).click();
  await set(2);
  await tab.getByRole("button", { name: "Mail it" }).click();
  await tab.getByRole("button", { name: "Star" }).click();
  const told = ["You said: hello", 1, "cthr_"];
  await eventually(
    () => tab.evaluate("heard"),
    [
      [1, ...told],
      [1, "star"],
      [2, ...told],
      [2, "star"],
    ],
  );
  await tab.locator(".turn.user [part~=edit]").waitFor({ state: "attached" });
  assert.deepEqual(await tab.locator("[part~=copy]").evaluateAll((all) => all.map((each) => (each as HTMLElement).checkVisibility())), [
    false,
    false,
  ]);
});

test("an answer is read aloud where the page wants it, and stopped by the same button", async () => {
  const tab = await open({ threadItemActions: { readAloud: true } });
  await tab.evaluate(() => {
    const spoken: string[] = [];
    Object.assign(window, { spoken });
    Object.defineProperty(speechSynthesis, "speak", {
      value: (words: SpeechSynthesisUtterance) => spoken.push(`${words.lang}: ${words.text}`),
    });
  });
  await say(tab, "hello");
  await tab.getByRole("button", { name: "Read aloud" }).click();
  await tab.getByRole("button", { name: "Stop reading" }).waitFor();
  assert.deepEqual(await tab.evaluate("spoken"), ["en-US: You said: hello"]);
  await tab.getByRole("button", { name: "Stop reading" }).click();
  await tab.getByRole("button", { name: "Read aloud" }).waitFor();
  const plain = await open({});
  await say(plain, "hello");
  await plain.getByRole("button", { name: "Copy", exact: true }).waitFor();
  assert.equal(await plain.getByRole("button", { name: "Read aloud" }).count(), 0);
});
