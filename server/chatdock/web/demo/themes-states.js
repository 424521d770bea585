// The states of the theme page: threads that were never spoken, and the one function that answers for a server.
"use strict";

const AT = "2026-03-14T09:26:00Z";
let made = 0;
const item = (type, more) => ({ id: `cti_${++made}`, thread_id: "", created_at: AT, type, ...more });
const user = (text) => item("user_message", { content: [{ type: "input_text", text }], attachments: [], inference_options: {} });
const assistant = (text, annotations = []) => item("assistant_message", { content: [{ type: "output_text", text, annotations }] });
const widget = (tree) => item("widget", { widget: tree });
const thought = (title, content) => ({ type: "thought", status_indicator: "none", title, content });
const text = (value, more) => ({ type: "Text", value, ...more });

const MARKDOWN = `### A slow Saturday

Start with the **Tide mug** and *rye toast*, then walk to the [lighthouse](https://example.com/lighthouse).

1. Kettle on at eight
2. The pier before ten

| Tea | Minutes |
|:--|--:|
| Black | 4 |
| Green | 2 |

\`\`\`python
def steep(minutes: int) -> str:
    return "ready" if minutes >= 4 else "wait"
\`\`\`

> The sea is never in a hurry.`;

const CARD = {
  type: "Card",
  size: "md",
  status: { text: "Order 1042", icon: "suitcase" },
  children: [
    {
      type: "Row",
      gap: 3,
      align: "center",
      children: [
        { type: "Box", size: 44, radius: "lg", background: "surface-tertiary", align: "center", justify: "center", children: [{ type: "Icon", name: "cube" }] },
        { type: "Col", gap: 0, flex: 1, children: [{ type: "Title", value: "Fjord blanket", size: "sm" }, { type: "Caption", value: "Lambswool, pine green" }] },
        { type: "Badge", label: "On its way", color: "success" },
      ],
    },
    { type: "Divider" },
    { type: "Row", gap: 2, children: [{ type: "Button", label: "Track it", style: "primary", onClickAction: { type: "track", handler: "client" } }, { type: "Button", label: "Return", variant: "outline", onClickAction: { type: "return", handler: "client" } }] },
  ],
};

const FORM = {
  type: "Card",
  asForm: true,
  confirm: { label: "Book", action: { type: "book", handler: "client" } },
  cancel: { label: "Not now", action: { type: "cancel", handler: "client" } },
  children: [
    { type: "Title", value: "Visit the workshop", size: "sm" },
    { type: "Col", gap: 1, children: [{ type: "Label", value: "Name", fieldName: "name" }, { type: "Input", name: "name", placeholder: "Your name" }] },
    { type: "Row", gap: 3, children: [{ type: "Col", flex: 1, gap: 1, children: [{ type: "Label", value: "Guests", fieldName: "guests" }, { type: "Select", name: "guests", defaultValue: "2", options: [{ value: "1", label: "One" }, { value: "2", label: "Two" }] }] }, { type: "Col", flex: 1, gap: 1, children: [{ type: "Label", value: "Day", fieldName: "day" }, { type: "DatePicker", name: "day", defaultValue: "2026-03-21" }] }] },
    { type: "Checkbox", name: "tea", label: "Tea, please", defaultChecked: true },
  ],
};

const TASKS = [
  { type: "web_search", status_indicator: "complete", title: "Searched the web", queries: ["wool blanket care"], sources: [{ type: "url", title: "Wool care", url: "https://example.com/wool" }] },
  { type: "file", status_indicator: "complete", title: "Read a file", sources: [{ type: "file", title: "care-labels.pdf", filename: "care-labels.pdf" }] },
  { type: "custom", status_indicator: "loading", title: "Comparing blankets", content: "Three are in stock" },
];

const PAST = [
  ["Which blanket for a cabin?", 0],
  ["Return of order 1042", 0],
  ["Opening hours in March", 1],
  ["A lantern that lasts the night", 4],
  ["Gift for a sailor", 5],
  ["Kettle makes a noise", 40],
  ["Postcards from the pier", 90],
].map(([title, days], n) => ({
  id: `thread_${n}`,
  title,
  created_at: new Date(Date.now() - days * 86_400_000).toISOString(),
  status: { type: "active" },
  items: { data: [], has_more: false },
}));

const WOOL = "Wash it cold and never spin it: heat felts the fibres for good. The label allows thirty degrees, by hand and with a mild soap. Dry it flat, in the shade.";
const SOURCES = [
  { type: "annotation", index: WOOL.indexOf(" The label"), source: { type: "url", title: "How to wash wool", url: "https://example.com/wash", description: "Cold water, no spin.", attribution: "example.com" } },
  { type: "annotation", index: WOOL.indexOf(" Dry it"), source: { type: "file", title: "care-labels.pdf", filename: "care-labels.pdf" } },
];

const wait = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
const nothing = async () => {};
/** A conversation is opened at its end; these are read from their beginning. */
const fromTheTop = async (chat) => {
  const scroller = () => chat.shadowRoot.querySelector(".scroller");
  // What is loaded with its first use, colours and widgets, makes it longer and takes it to its end once more.
  for (let frames = 0; chat.isConnected && frames < 20; frames = scroller()?.scrollTop === 0 ? frames + 1 : 0) {
    if (scroller()) scroller().scrollTop = 0;
    await wait();
  }
};

/** A body of server-sent events; one that `stays` open is an answer under way. */
function stream(events, { stays, signal }) {
  const bytes = new TextEncoder().encode(events.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""));
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      if (!stays) controller.close();
      else signal?.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** What a server would answer, from a list of items, and what a message is answered with. */
const server = (id, title, items, answer) => async (_url, { body, signal }) => {
  const { type, params } = typeof body === "string" ? JSON.parse(body) : {};
  const page = { data: items, has_more: false };
  const thread = { id, title, created_at: AT, status: { type: "active" }, items: page };
  if (type === "threads.list") return Response.json({ data: PAST, has_more: false });
  if (type === "threads.get_by_id") {
    const past = PAST.find((each) => each.id === params.thread_id);
    return Response.json(past ?? thread);
  }
  if (type === "items.list") return Response.json(page);
  if (type === "items.feedback") return Response.json({});
  if (type === "threads.create" || type === "threads.add_user_message") {
    const said = { ...user(""), content: params.input.content };
    const start = type === "threads.create" ? [{ type: "thread.created", thread: { ...thread, items: { data: [], has_more: false } } }] : [];
    const { events, stays = false } = answer ?? { events: [{ type: "thread.item.done", item: assistant("Nobody answers here: this page has no server behind it.") }] };
    return stream([...start, { type: "thread.item.done", item: said }, ...events], { stays, signal });
  }
  return Response.json({ error: { message: "This page has no server behind it." } }, { status: 400 });
};

/** A state: `begin` brings it about once the chat is there. */
function state(id, label, { title = label, items = [], answer, options = {}, begin = nothing, thread = `demo_${id}` } = {}) {
  return {
    id,
    label,
    begin,
    options: {
      api: { url: `/demo/themes/${id}`, fetch: server(thread ?? `demo_${id}`, title, items, answer) },
      initialThread: thread,
      frameTitle: label,
      composer: { placeholder: "Message" },
      threadItemActions: { feedback: true, retry: true },
      ...options,
    },
  };
}

const STATES = [
  state("start", "Start screen", {
    thread: null,
    options: {
      startScreen: {
        greeting: "Good morning. What are you looking for?",
        prompts: [
          { label: "A gift for a sailor", prompt: "A gift for a sailor", icon: "sparkle" },
          { label: "Where is my order?", prompt: "Where is my order?", icon: "suitcase" },
          { label: "How do I wash wool?", prompt: "How do I wash wool?", icon: "circle-question" },
        ],
      },
      disclaimer: { text: "Answers can be wrong. See our [privacy notes](https://example.com/privacy)." },
    },
  }),
  state("answer", "Answer", { title: "A slow Saturday", items: [user("Plan me a slow Saturday by the sea"), assistant(MARKDOWN)], begin: fromTheTop }),
  state("thinking", "Thinking and tools", {
    title: "Blankets compared",
    items: [user("How do I look after wool?"), item("workflow", { workflow: { type: "reasoning", expanded: true, summary: { duration: 4 }, tasks: [thought("Reading the question", "Wool, so no heat."), thought("Checking the label", "The label says 30 degrees.")] } }), assistant("Wash it **cold**, dry it flat.")],
    answer: { stays: true, events: [{ type: "stream_options", stream_options: { allow_cancel: true } }, { type: "thread.item.added", item: item("workflow", { workflow: { type: "custom", expanded: true, tasks: TASKS } }) }] },
    begin: async (chat) => chat.sendUserMessage({ text: "And which one do I take?" }),
  }),
  state("widgets", "Widget and form", { title: "Order 1042", items: [user("Where is my order?"), widget(CARD), widget(FORM)], begin: fromTheTop }),
  state("sources", "Sources", { title: "Washing wool", items: [user("Can I wash it?"), assistant(WOOL, SOURCES)] }),
  state("error", "Error with retry", {
    title: "Out at sea",
    answer: { events: [{ type: "error", code: "custom", message: "The workshop is out of reach just now.", allow_retry: true }] },
    begin: async (chat) => chat.sendUserMessage({ text: "Is the kettle in stock?" }),
  }),
  state("history", "Past conversations", {
    begin: async (chat) => {
      await chat.showHistory();
      while (chat.isConnected && !chat.shadowRoot.querySelector("[part~=history-row]")) await wait();
      await wait();
    },
  }),
  state("composer", "Composer", {
    title: "A cabin's list",
    items: [user("Will it fit a double bed?"), assistant("Yes: it is two metres by one and a half.")],
    options: {
      composer: {
        placeholder: "Message",
        attachments: { enabled: true },
        tools: [{ id: "search", label: "Search the web", shortLabel: "Search", icon: "globe", pinned: true }],
        models: [
          { id: "small", label: "Quick", default: true },
          { id: "large", label: "Thorough" },
        ],
      },
    },
    begin: async (chat) =>
      chat.setComposerValue({
        text: "Please compare it with the one in this photo.",
        reply: "Yes: it is two metres by one and a half.",
        attachments: [
          { id: "atc_1", name: "cabin-plan.pdf", mime_type: "application/pdf", type: "file" },
          { id: "atc_2", name: "wish-list.txt", mime_type: "text/plain", type: "file" },
        ],
        selectedToolId: "search",
      }),
  }),
  state("questions", "Questions back", {
    title: "A gift",
    items: [
      user("Help me find a gift"),
      assistant("Gladly. One thing first:"),
      item("structured_input", {
        status: "pending",
        inputs: [{ id: "who", type: "multiple_choice", question: "Who is it for?", options: [{ value: "A sailor" }, { value: "A cook" }, { value: "Somebody who is always cold" }] }],
      }),
    ],
  }),
];

/** What the strip shows of a theme. */
const sampleState = (name) =>
  state(`sample-${name}`, name, {
    title: "Harbor & Pine",
    items: [user("In stock?"), assistant("Yes, **three** are left of the [kettle](https://example.com/kettle).")],
    options: { history: { enabled: false }, threadItemActions: {} },
  });
