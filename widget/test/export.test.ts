// What a conversation becomes as a file: every kind of item, and nothing in it that another program would run or load.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../src/core/client.ts";
import { everyItem, fileName, toJson, toMarkdown, type Words } from "../src/core/export.ts";
import type { Item, Thread } from "../src/core/types.ts";

const WORDS: Words = {
  you: "You",
  assistant: "Assistant",
  untitled: "New thread",
  thought: "Thought",
  thoughtFor: (seconds) => `Thought for ${seconds} seconds`,
  steps: "Steps",
  searched: "Searched",
  read: "Read",
  sources: "Sources",
  attachments: "Attachments",
  generatedImage: "Generated image",
  skipped: "Skipped",
};
const THREAD: Thread = {
  id: "cthr_1",
  title: "Tea & <b>wool</b>",
  created_at: "2026-03-14T09:26:00Z",
  status: { type: "active" },
  items: { data: [], has_more: false },
};
let ids = 0;
const item = (more: object) => ({ id: `cti_${++ids}`, thread_id: "cthr_1", created_at: "2026-03-14T09:26:00Z", ...more }) as Item;
const said = (text: string, more: object = {}) =>
  item({ type: "user_message", content: [{ type: "input_text", text }], attachments: [], inference_options: {}, ...more });
const answer = (text: string, annotations: object[] = []) =>
  item({ type: "assistant_message", content: [{ type: "output_text", text, annotations }] });
const body = (...items: Item[]) => toMarkdown({ ...THREAD, title: "T" }, items, WORDS).replace("# T\n\n2026-03-14\n\n", "");

test("the file begins with the title, as text, and the day", () => {
  assert.equal(toMarkdown(THREAD, [], WORDS), "# Tea \\& \\<b\\>wool\\</b\\>\n\n2026-03-14\n");
  assert.match(toMarkdown({ ...THREAD, title: undefined } as unknown as Thread, [], WORDS), /^# New thread\n/);
});

test("what was said stands under who said it, once a turn", () => {
  assert.equal(
    body(said("Hello"), answer("*Hi*"), answer("More"), item({ type: "end_of_turn" }), said("One"), said("Two")),
    "## You\n\nHello\n\n## Assistant\n\n*Hi*\n\nMore\n\n## You\n\nOne\n\n## You\n\nTwo\n",
  );
});

test("a message is plain text: its lines stay, its signs are signs, its files are named", () => {
  const attachments = [{ id: "atc_1", name: "a_b](x).pdf", mime_type: "application/pdf", type: "file", preview_url: "https://x/secret" }];
  assert.equal(
    body(said("# no\n- heading <i>\n\n1. `one`", { attachments, quoted_text: "was *this*\n\nand that" })),
    "## You\n\n> was \\*this\\*\n>\n> and that\n\n\\# no\\\n\\- heading \\<i\\>\n\n1\\. \\`one\\`\n\nAttachments:\n\n- a\\_b\\](x).pdf\n",
  );
});

test("an answer keeps its markdown, without HTML and images", () => {
  assert.equal(
    body(answer("**bold** <script>x</script> ![a](https://x/y.png) `<b>` <https://example.com>\n\n```html\n<b>![c](d)\n```")),
    "## Assistant\n\n**bold** \\<script>x\\</script> \\![a](https://x/y.png) `<b>` <https://example.com>\n\n```html\n<b>![c](d)\n```\n",
  );
});

test("a block of code that was cut short takes nothing in of what follows", () => {
  assert.equal(body(answer("```py\nx = 1"), said("Go on")), "## Assistant\n\n```py\nx = 1\n```\n\n## You\n\nGo on\n");
});

test("sources are links, each once, and only to where a link may go", () => {
  const source = (more: object) => ({ type: "annotation", source: more });
  assert.equal(
    body(
      answer("Read this.", [
        source({ type: "url", title: "A [page]", url: "https://example.com/a b" }),
        source({ type: "url", title: "A [page]", url: "https://example.com/a b" }),
        source({ type: "url", title: "Bad", url: "javascript:alert(1)" }),
        source({ type: "file", title: "", filename: "notes.pdf" }),
        source({ type: "entity", title: "Ada", id: "u1" }),
      ]),
    ),
    "## Assistant\n\nRead this.\n\nSources:\n\n- [A \\[page\\]](<https://example.com/a%20b>)\n- Bad\n- notes.pdf\n- Ada\n",
  );
});

test("thinking and tools are folded out, as quotes", () => {
  const reasoning = {
    type: "reasoning",
    summary: { duration: 4 },
    tasks: [{ type: "thought", title: "First", content: "So *that*.\n<img src=x>" }],
  };
  const tasks = [
    { type: "web_search", queries: ["wool care"], sources: [{ type: "url", title: "Care", url: "https://example.com/" }] },
    { type: "file", title: "Read two", sources: [{ type: "file", title: "care.pdf", filename: "care.pdf" }] },
    { type: "custom", title: "Compared", content: "Three" },
    { type: "image", title: "Drew" },
  ];
  assert.equal(
    body(item({ type: "workflow", workflow: reasoning })),
    "## Assistant\n\n> **Thought for 4 seconds**\n>\n> **First**\n>\n> So *that*.\n> \\<img src=x>\n",
  );
  assert.equal(
    body(item({ type: "workflow", workflow: { type: "custom", tasks } })),
    "## Assistant\n\n> **Steps**\n>\n> **Searched**\n>\n> - wool care\n>\n> - [Care](<https://example.com/>)\n>\n> **Read two**\n>\n> - care.pdf\n>\n> **Compared**\n>\n> Three\n>\n> **Drew**\n",
  );
  assert.equal(body(item({ type: "task", task: tasks[2] })), "## Assistant\n\n> **Compared**\n>\n> Three\n");
});

test("a widget is what it offers to copy, a form its answers, an image its name", () => {
  const question = { id: "q", type: "freeform", question: "Which *one*?" };
  const form = (status: string, given?: object) => item({ type: "structured_input", status, inputs: [{ ...question, answer: given }] });
  assert.equal(body(item({ type: "widget", widget: { type: "Card" }, copy_text: "Order *1042*" })), "## Assistant\n\nOrder \\*1042\\*\n");
  assert.equal(body(form("answered", { values: ["This", "that"], skipped: false })), "## Assistant\n\n- **Which \\*one\\*?** This, that\n");
  assert.equal(body(form("skipped")), "## Assistant\n\n- **Which \\*one\\*?** Skipped\n");
  assert.equal(
    body(item({ type: "generated_image", image: { id: "i", url: "data:image/png;base64,AA" } })),
    "## Assistant\n\n*Generated image*\n",
  );
});

test("what is not for reading is not there", () => {
  const call = { type: "client_tool_call", status: "completed", call_id: "c", name: "get_cart", arguments: { a: 1 } };
  assert.equal(
    body(
      item(call),
      item({ type: "widget", widget: { type: "Card" } }),
      item({ type: "structured_input", status: "pending", inputs: [] }),
      said("x"),
    ),
    "## You\n\nx\n",
  );
});

test("JSON has every item and no address that is somebody's own", () => {
  const attachments = [{ id: "atc_1", name: "a.png", mime_type: "image/png", type: "image", preview_url: "https://x/secret" }];
  const file = JSON.parse(toJson(THREAD, [said("x", { attachments }), answer("y")], new Date(0)));
  assert.deepEqual(Object.keys(file), ["object", "exported_at", "thread", "items"]);
  assert.deepEqual(file.thread, { id: "cthr_1", title: THREAD.title, created_at: THREAD.created_at, status: { type: "active" } });
  assert.deepEqual(file.items[0].attachments, [{ id: "atc_1", name: "a.png", mime_type: "image/png", type: "image" }]);
  assert.equal(file.items[1].content[0].text, "y");
});

test("the file's name is one that every system takes", () => {
  assert.equal(fileName({ ...THREAD, title: ' ..Tea/wool:\u202e\n"now"? ' }, "", "md"), "2026-03-14 Tea wool now.md");
  assert.equal(fileName({ ...THREAD, title: "..." }, "", "json"), "2026-03-14.json");
  assert.ok(fileName({ ...THREAD, title: "🧶".repeat(300) }, "", "md").length < 200);
});

test("every page is fetched, and a server that goes round in circles is left", async () => {
  const all = Array.from({ length: 250 }, (_, n) => said(String(n)));
  const asked: unknown[] = [];
  const client = (stuck: boolean) =>
    ({
      call: async (_type: string, params: { after?: string; limit: number }) => {
        asked.push(params.after);
        const from = stuck || !params.after ? 0 : all.findIndex((each) => each.id === params.after) + 1;
        const data = all.slice(from, from + params.limit);
        return { data, has_more: from + params.limit < all.length, after: data.at(-1)?.id };
      },
    }) as unknown as Client;
  assert.deepEqual(await everyItem(client(false), "cthr_1"), all);
  assert.equal(asked.length, 3);
  assert.equal((await everyItem(client(true), "cthr_1")).length, 100);
});
