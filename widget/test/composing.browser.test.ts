// What is written before it is sent: drafts, the caret, values the page sets, tags, commands, tools and models.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

let browser: Browser;
let server: FakeServer;
const posted: { type: string; params: Record<string, unknown> }[] = [];

before(async () => {
  browser = await launch();
  server = await fakeServer({
    "/": page('<chat-dock data-session-endpoint="/session"></chat-dock>'),
    "/element": page("<chat-dock></chat-dock>"),
  });
});
after(async () => {
  await browser.close();
  await server.close();
});

async function open(path: string): Promise<Page> {
  const tab = await newTab(browser);
  tab.on("request", (request) => {
    if (request.url().endsWith("/conversation")) posted.push(JSON.parse(request.postData() ?? "{}"));
  });
  await tab.goto(server.url + path);
  return tab;
}
const message = (tab: Page) => tab.getByRole("textbox", { name: "Message" });
const lastInput = () =>
  posted.findLast(({ type }) => type.includes("message") || type === "threads.create")?.params.input as Record<string, unknown>;
const said = async (tab: Page, text: string) => {
  await tab.getByRole("log").getByText(text).first().waitFor();
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
};

declare global {
  interface Window {
    chat: HTMLElement & Record<string, (...args: unknown[]) => Promise<void>>;
    events: string[];
    /** Searches that wait for their resolver to be called. */
    held?: string[];
    resolvers: Record<string, () => void>;
  }
}

const hold = (tab: Page, queries: string[]) =>
  tab.evaluate((given) => {
    window.held = given;
  }, queries);
const searched = (tab: Page, query: string) => tab.waitForFunction((q) => window.resolvers[q], query);
const answer = async (tab: Page, query: string) => {
  await searched(tab, query);
  await tab.evaluate((q) => window.resolvers[q]?.(), query);
};
const written = (tab: Page, text: string, why?: string) => eventually(() => message(tab).inputValue(), text, why);

/** An element with tags, commands, tools and models; what the page hears is in `window.events`. */
async function furnished(): Promise<Page> {
  const tab = await open("/element");
  await tab.evaluate(() => {
    window.events = [];
    window.resolvers = {};
    window.chat = document.querySelector("chat-dock") as typeof window.chat;
    for (const name of ["tool.change", "error"])
      window.chat.addEventListener(`chatkit.${name}`, (e) => window.events.push(`${name} ${JSON.stringify((e as CustomEvent).detail)}`));
    const people = [
      { id: "u1", title: "Ada Lovelace", icon: "user", group: "People", interactive: true, data: { role: "maths" } },
      { id: "u2", title: "Alan Turing", icon: "user", group: "People" },
      { id: "d1", title: "Annual report", icon: "document", group: "Documents", interactive: true },
    ];
    window.chat.setOptions?.({
      api: { getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret },
      composer: {
        tools: [
          {
            id: "search",
            label: "Search the web",
            shortLabel: "Search",
            icon: "globe",
            placeholderOverride: "What to look for?",
            pinned: true,
          },
          { id: "draw", label: "Draw an image", icon: "images", persistent: true },
        ],
        models: [
          { id: "small", label: "Small", description: "Quick", default: true },
          { id: "large", label: "Large", description: "Thorough" },
          { id: "huge", label: "Huge", disabled: true },
        ],
      },
      entities: {
        showComposerMenu: true,
        onTagSearch: async (query: string) => {
          window.events.push(`search ${query}`);
          if (window.held?.includes(query)) await new Promise<void>((resolve) => (window.resolvers[query] = resolve));
          return people.filter((each) => each.title.toLowerCase().includes(query.toLowerCase()));
        },
        onClick: ({ id }: { id: string }) => window.events.push(`click ${id}`),
        onRequestPreview: async ({ title }: { title: string }) => ({
          preview: { type: "Basic", children: [{ type: "Text", value: `About ${title}` }] },
        }),
      },
      commands: {
        enabled: true,
        onSearch: async (query: string) =>
          [
            { id: "sum", label: "Summarise", description: "In three sentences", icon: "sparkle" },
            { id: "more", label: "More commands", group: "Other" },
          ].filter((each) => each.label.toLowerCase().includes(query.toLowerCase())),
        onSelect: async ({ id }: { id: string }) => {
          window.events.push(`command ${id}`);
          if (id === "more") return { type: "menu", commands: [{ id: "who", label: "Pick a person" }] };
          if (id === "who") return { type: "entity", entity: people[0] };
          return undefined;
        },
      },
    });
  });
  await message(tab).waitFor();
  await tab.getByRole("button", { name: "Mention" }).waitFor();
  return tab;
}

test("each thread keeps its draft over a look at another one and over a reload", async () => {
  const tab = await open("/");
  await message(tab).fill("first topic");
  await message(tab).press("Enter");
  await said(tab, "You said: first topic");
  await message(tab).fill("half a thought");
  await tab.getByRole("button", { name: "New chat" }).click();
  await written(tab, "");
  await message(tab).fill("something new");
  await tab.reload();
  await written(tab, "something new");
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("button", { name: "New thread", exact: true }).click();
  await said(tab, "You said: first topic");
  await written(tab, "half a thought");
  await message(tab).press("Enter");
  await said(tab, "You said: half a thought");
  await tab.reload();
  await said(tab, "You said: half a thought");
  await written(tab, "");
  await tab.context().close();
});

test("who writes keeps the field when the page opens a thread", async () => {
  const tab = await open("/");
  await message(tab).fill("first topic");
  await message(tab).press("Enter");
  await said(tab, "You said: first topic");
  const id = await tab.evaluate(() => Object.entries(sessionStorage).find(([key]) => key.startsWith("chatdock.thread"))?.[1]);
  await message(tab).focus();
  const kept = await message(tab).evaluateHandle((field) => field);
  await tab.evaluate(
    (wanted) => (document.querySelector("chat-dock") as unknown as { setThreadId(id?: string): Promise<void> }).setThreadId(wanted),
    id,
  );
  await said(tab, "You said: first topic");
  assert.ok(await message(tab).evaluate((field, before) => field === before && field.matches(":focus"), kept));
});

test("a message written where a thread did not load goes to that thread once it does, and to no other", async () => {
  const tab = await open("/");
  for (const topic of ["one", "two"]) {
    await message(tab).fill(`topic ${topic}`);
    await message(tab).press("Enter");
    await said(tab, `You said: topic ${topic}`);
    if (topic === "one") await tab.getByRole("button", { name: "New chat" }).click();
  }
  let broken = true;
  await tab.route("**/conversation", (route) =>
    broken && route.request().postDataJSON().type === "threads.get_by_id" ? route.abort() : route.continue(),
  );
  const asked: string[] = [];
  tab.on("request", (request) => void (request.url().endsWith("/conversation") && asked.push(request.postDataJSON().type)));
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("button", { name: "New thread", exact: true }).nth(1).click();
  const again = tab.getByRole("button", { name: "Try again" });
  await again.waitFor();
  await message(tab).fill("meant for the first");
  await message(tab).press("Enter");
  await eventually(() => tab.locator(".send").getAttribute("aria-disabled"), "true");
  broken = false;
  await again.click();
  await said(tab, "You said: meant for the first");
  await said(tab, "You said: topic one");
  assert.equal(await tab.getByRole("article", { name: "You" }).count(), 2);
  assert.deepEqual(
    asked.filter((type) => /create|add/.test(type)),
    ["threads.add_user_message"],
  );
});

test("text, caret and focus stay through an answer, new options and a look at the history", async () => {
  const tab = await open("/");
  await message(tab).fill("slow");
  await message(tab).press("Enter");
  await tab.getByRole("log").getByText("word3").first().waitFor();
  await message(tab).fill("one two three");
  for (let n = 0; n < 5; n++) await message(tab).press("ArrowLeft");
  await tab.keyboard.type("and ");
  await tab.evaluate(() => (document.querySelector("chat-dock") as Window["chat"]).setOptions?.({ composer: { placeholder: "New" } }));
  const state = () => message(tab).evaluate((el: HTMLTextAreaElement) => [el.value, el.selectionStart]);
  await eventually(state, ["one two and three", 12]);
  await tab.getByRole("button", { name: "History", exact: true }).click();
  await tab.getByRole("button", { name: "Close history" }).click();
  await eventually(state, ["one two and three", 12]);
  await tab.context().close();
});

test("the page sets text, tags, quote, attachments, files, tool and model, and all of it is sent", async () => {
  const tab = await furnished();
  await tab.evaluate(() =>
    window.chat.setComposerValue?.({
      content: [
        { type: "input_text", text: "tell " },
        { type: "input_tag", id: "u2", text: "Alan", data: {} },
        { type: "input_text", text: " please" },
      ],
      reply: "What he said",
      attachments: [{ type: "file", id: "atc_given", name: "given.pdf", mime_type: "application/pdf" }],
      files: [new File(["x"], "up.txt", { type: "text/plain" })],
      selectedToolId: "search",
      selectedModelId: "large",
    }),
  );
  await written(tab, "tell Alan please");
  await tab.getByText("What he said").waitFor();
  await tab.waitForFunction(() => window.chat.shadowRoot?.querySelectorAll(".drafts .ready").length === 2);
  await eventually(() => message(tab).getAttribute("placeholder"), "What to look for?");
  await message(tab).press("Enter");
  await said(tab, "You said: tell Alan please");
  const input = lastInput();
  assert.deepEqual(input.content, [
    { type: "input_text", text: "tell " },
    { type: "input_tag", id: "u2", text: "Alan", data: {} },
    { type: "input_text", text: " please" },
  ]);
  assert.equal(input.quoted_text, "What he said");
  assert.deepEqual((input.attachments as string[])[0], "atc_given");
  assert.equal((input.attachments as string[]).length, 2);
  assert.deepEqual(input.inference_options, { model: "large", tool_choice: { id: "search" } });
  await tab.evaluate(() => window.chat.setComposerValue?.({ text: "plain" }));
  await written(tab, "plain");
  await tab.context().close();
});

test("a tag is found, chosen and deleted by keyboard alone", async () => {
  const tab = await furnished();
  await message(tab).focus();
  await tab.keyboard.type("ask @a");
  const list = tab.getByRole("listbox", { name: "Mention" });
  await eventually(() => list.getByRole("option").allInnerTexts(), ["Ada Lovelace", "Alan Turing", "Annual report"]);
  await eventually(() => list.getByRole("group", { name: "People" }).getByRole("option").count(), 2);
  await tab.keyboard.press("ArrowDown");
  const active = () =>
    message(tab).evaluate((el) => {
      const id = el.getAttribute("aria-activedescendant");
      return id && (el.getRootNode() as ShadowRoot).getElementById(id)?.textContent;
    });
  await list.getByRole("option", { name: "Alan Turing", selected: true }).waitFor();
  await eventually(active, "Alan Turing");
  await tab.keyboard.press("ArrowUp");
  await tab.keyboard.press("Enter");
  await written(tab, "ask Ada Lovelace ");
  await list.waitFor({ state: "detached" });
  await eventually(active, null);
  await tab.keyboard.type("now");
  for (let n = 0; n < 4; n++) await tab.keyboard.press("Backspace");
  await written(tab, "ask Ada Lovelace");
  await tab.keyboard.press("Backspace");
  await written(tab, "ask ", "the tag goes as one");
  await tab.keyboard.type("@alan");
  await eventually(() => list.getByRole("option").allInnerTexts(), ["Alan Turing"]);
  await tab.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });
  await written(tab, "ask @alan", "Escape leaves the text alone");
  await tab.context().close();
});

test("an answer to an earlier search never shows in place of a later one", async () => {
  const tab = await furnished();
  await hold(tab, ["", "a"]);
  await message(tab).focus();
  await tab.keyboard.type("@");
  await searched(tab, "");
  await tab.keyboard.type("a");
  await searched(tab, "a");
  await tab.keyboard.type("n");
  const list = tab.getByRole("listbox", { name: "Mention" });
  await list.waitFor();
  await answer(tab, "a");
  await answer(tab, "");
  assert.deepEqual(await list.getByRole("option").allInnerTexts(), ["Alan Turing", "Annual report"]);
  await tab.context().close();
});

test("what is typed for a tag and chosen faster than anything is drawn or found is chosen all the same", async () => {
  const tab = await furnished();
  const cdp = await tab.context().newCDPSession(tab);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 6 });
  await message(tab).focus();
  await tab.keyboard.type("ask @alan");
  await tab.keyboard.press("Enter");
  await written(tab, "ask Alan Turing ");
  await tab.keyboard.type("or @a");
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("Enter");
  await written(tab, "ask Alan Turing or Annual report ");
  await tab.context().close();
});

test("Enter while the list is an older one's chooses from the list to come", async () => {
  const tab = await furnished();
  await hold(tab, ["alan"]);
  await message(tab).focus();
  await tab.keyboard.type("ask @a");
  await tab.getByRole("option", { name: "Ada Lovelace", selected: true }).waitFor();
  await tab.keyboard.type("lan");
  await tab.keyboard.press("Enter");
  await searched(tab, "alan");
  await written(tab, "ask @alan");
  await answer(tab, "alan");
  await written(tab, "ask Alan Turing ");
  await tab.context().close();
});

test("an option the arrows went to stays the active one when a later answer comes", async () => {
  const tab = await furnished();
  await hold(tab, ["a"]);
  await message(tab).focus();
  await tab.keyboard.type("@");
  const option = (name: string) => tab.getByRole("option", { name, selected: true });
  await option("Ada Lovelace").waitFor();
  await tab.keyboard.type("a");
  await tab.keyboard.press("ArrowDown");
  await option("Alan Turing").waitFor();
  await answer(tab, "a");
  await tab.locator('[role=listbox][aria-busy="false"]').waitFor();
  await option("Alan Turing").waitFor();
  await tab.keyboard.press("Enter");
  await written(tab, "Alan Turing ");
  await tab.context().close();
});

test("an option of an older list takes the place of all that was typed since", async () => {
  const tab = await furnished();
  await hold(tab, ["al"]);
  await message(tab).focus();
  await tab.keyboard.type("ask @a");
  await tab.getByRole("option", { name: "Alan Turing" }).waitFor();
  await tab.keyboard.type("l");
  await tab.getByRole("option", { name: "Alan Turing" }).click();
  await written(tab, "ask Alan Turing ");
  await tab.context().close();
});

test("Enter before anything is found sends once nothing was, and a second one sends at once", async () => {
  const tab = await furnished();
  await hold(tab, ["zoe", "max"]);
  await message(tab).focus();
  await tab.keyboard.type("hi @zoe");
  await tab.keyboard.press("Enter");
  await searched(tab, "zoe");
  await written(tab, "hi @zoe");
  await answer(tab, "zoe");
  await said(tab, "You said: hi @zoe");
  await tab.keyboard.type("hi @max");
  await tab.keyboard.press("Enter");
  await tab.keyboard.press("Enter");
  await said(tab, "You said: hi @max");
  await tab.context().close();
});

test("a sent tag is a button with a card for pointer and keyboard, and Escape takes the card away", async () => {
  const tab = await furnished();
  await tab.getByRole("button", { name: "Mention" }).click();
  await tab.keyboard.type("ada");
  await tab.getByRole("option", { name: "Ada Lovelace" }).click();
  await tab.keyboard.type("hello");
  await tab.keyboard.press("Enter");
  await said(tab, "You said: Ada Lovelace hello");
  assert.deepEqual((lastInput().content as unknown[])[0], {
    type: "input_tag",
    id: "u1",
    text: "Ada Lovelace",
    data: { role: "maths" },
    group: "People",
    interactive: true,
  });
  const tag = tab.getByRole("log").getByRole("button", { name: "Ada Lovelace" });
  await tag.hover();
  const card = tab.getByRole("tooltip");
  await card.getByText("About Ada Lovelace").waitFor();
  await card.hover();
  // Longer than a card outlives a pointer that went elsewhere.
  await tab.waitForTimeout(400);
  assert.equal(await card.count(), 1, "the pointer may move onto the card");
  await tab.keyboard.press("Escape");
  await card.waitFor({ state: "detached" });
  await tab.mouse.move(5, 5);
  await tab.getByRole("log").focus();
  await tab.keyboard.press("Tab");
  await card.getByText("About Ada Lovelace").waitFor();
  await eventually(() => tag.getAttribute("aria-describedby"), await card.getAttribute("id"));
  await tab.keyboard.press("Enter");
  await tab.waitForFunction(() => window.events.includes("click u1"));
  await tab.context().close();
});

test("commands run, open further menus, insert what they name, and include the composer's own", async () => {
  const tab = await furnished();
  await message(tab).focus();
  await tab.keyboard.type("/");
  const list = tab.getByRole("listbox", { name: "Commands" });
  await list.waitFor();
  await eventually(
    async () => (await list.getByRole("option").allInnerTexts()).map((each) => each.split("\n")[0]),
    ["Summarise", "Attach files", "Search the web", "Draw an image", "More commands"],
  );
  await tab.keyboard.type("mo");
  await list.getByRole("option", { name: "More commands" }).waitFor();
  await tab.waitForFunction(() => window.chat.shadowRoot?.querySelectorAll("[role=option]").length === 1);
  await tab.keyboard.press("Enter");
  await list.getByRole("option", { name: "Pick a person" }).waitFor();
  await tab.keyboard.press("Enter");
  await written(tab, "Ada Lovelace ");
  await message(tab).fill("");
  await tab.keyboard.type("/draw");
  await list.getByRole("option", { name: "Draw an image" }).click();
  await written(tab, "");
  await eventually(
    () => tab.evaluate(() => window.events.filter((each) => !each.startsWith("search"))),
    ["command more", "command who", 'tool.change {"toolId":"draw"}'],
  );
  await tab.context().close();
});

test("a tool is let go after sending unless it stays, and a model is chosen from a menu of radios", async () => {
  const tab = await furnished();
  await tab.getByRole("button", { name: "Search", exact: true }).click();
  await tab.getByRole("button", { name: "Model: Small" }).click();
  await tab.getByRole("menuitemradio", { name: /Large/ }).click();
  await message(tab).fill("one");
  await message(tab).press("Enter");
  await said(tab, "You said: one");
  assert.deepEqual(lastInput().inference_options, { model: "large", tool_choice: { id: "search" } });
  await eventually(() => tab.getByRole("button", { name: "Search", exact: true }).getAttribute("aria-pressed"), "false");
  await tab.getByRole("button", { name: "Tools" }).click();
  await tab.getByRole("menuitemradio", { name: "Draw an image" }).click();
  await message(tab).fill("two");
  await message(tab).press("Enter");
  await said(tab, "You said: two");
  await message(tab).fill("three");
  await message(tab).press("Enter");
  await said(tab, "You said: three");
  assert.deepEqual(lastInput().inference_options, { model: "large", tool_choice: { id: "draw" } });
  await eventually(
    () => tab.evaluate(() => window.events),
    ['tool.change {"toolId":"search"}', 'tool.change {"toolId":null}', 'tool.change {"toolId":"draw"}'],
  );
  await tab.context().close();
});
