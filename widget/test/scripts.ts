// What the fake server answers, by the first word of the message.
import type { Script } from "./fake-server.ts";
import { HEAVY, PICTURES, POLLUTED } from "./heavy.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
let count = 0;
const base = (threadId: string, type: string) => ({
  id: `cti_s${++count}`,
  thread_id: threadId,
  created_at: new Date().toISOString(),
  type,
});
const AM = "assistant_message.content_part.";

async function speak(
  say: Parameters<Script>[0],
  threadId: string,
  text: string,
  { size = 4, ms = 3, annotations = [] as unknown[] } = {},
): Promise<void> {
  const item = base(threadId, "assistant_message");
  await say({ type: "thread.item.added", item: { ...item, content: [] } });
  await say({
    type: "thread.item.updated",
    item_id: item.id,
    update: { type: `${AM}added`, content_index: 0, content: { type: "output_text", text: "", annotations: [] } },
  });
  for (let at = 0; at < text.length; at += size) {
    await say({
      type: "thread.item.updated",
      item_id: item.id,
      update: { type: `${AM}text_delta`, content_index: 0, delta: text.slice(at, at + size) },
    });
    if (ms) await pause(ms);
  }
  await say({ type: "thread.item.done", item: { ...item, content: [{ type: "output_text", text, annotations }] } });
}

export const MARKDOWN = `## A weekend in Lisbon

Lisbon rewards **slow mornings** and *long evenings*. Start in [Alfama](https://example.com/alfama) and walk down to the river; the climb back is easier by tram \`28E\`.

1. Breakfast at a *pastelaria*: two custard tarts and a galão.
2. The castle before ten, when the light is soft.
   - Buy the ticket online
   - Bring water
3. Lunch by the market.

- [x] Book the flight
- [ ] Choose a hotel

| Day | Morning | Evening | Budget |
|:----|:--------|:--------|-------:|
| Friday | Arrive, settle in | Fado in Alfama | 60 € |
| Saturday | Belém and the monastery | Dinner at the docks | 85 € |
| Sunday | Market and coffee | Flight home | 40 € |

> The city is best seen from above, and best understood from below.

\`\`\`python
def days(budget: float, per_day: float = 62.5) -> int:
    """How many days the money lasts."""
    return int(budget // per_day)
\`\`\`

See www.example.com for more, and ~~skip~~ keep the elevator for another day. ![A tram on a hill](https://images.example.com/tram.jpg)
`;

export const CARD = {
  type: "Card",
  size: "md",
  status: { text: "Order 1042", icon: "suitcase" },
  children: [
    {
      type: "Row",
      gap: 3,
      align: "center",
      children: [
        {
          type: "Box",
          size: 48,
          radius: "lg",
          background: "surface-tertiary",
          align: "center",
          justify: "center",
          children: [{ type: "Icon", name: "cube", size: "lg" }],
        },
        {
          type: "Col",
          gap: 0,
          flex: 1,
          children: [
            { type: "Title", value: "Trail running shoes", size: "sm" },
            { type: "Caption", value: "Size 42 · Forest green" },
          ],
        },
        { type: "Badge", label: "On its way", color: "success" },
      ],
    },
    { type: "Divider" },
    {
      type: "Row",
      justify: "between",
      children: [
        { type: "Text", value: "Expected", color: "secondary" },
        { type: "Text", value: "Tomorrow, 9–12", weight: "semibold" },
      ],
    },
    {
      type: "Row",
      gap: 2,
      children: [
        {
          type: "Button",
          label: "Track parcel",
          style: "primary",
          iconStart: "map-pin",
          onClickAction: { type: "gallery.echo", payload: { order: 1042 } },
        },
        { type: "Button", label: "Change address", variant: "outline", onClickAction: { type: "gallery.touch", streaming: false } },
      ],
    },
  ],
};

export const FORM = {
  type: "Card",
  asForm: true,
  confirm: { label: "Book table", action: { type: "gallery.echo", payload: { kind: "booking" } } },
  cancel: { label: "Not now", action: { type: "gallery.cancel", handler: "client" } },
  children: [
    { type: "Title", value: "Reserve a table", size: "sm" },
    {
      type: "Row",
      gap: 3,
      children: [
        {
          type: "Col",
          flex: 1,
          gap: 1,
          children: [
            { type: "Label", value: "Name", fieldName: "guest.name" },
            { type: "Input", name: "guest.name", required: true, placeholder: "Your name" },
          ],
        },
        {
          type: "Col",
          flex: 1,
          gap: 1,
          children: [
            { type: "Label", value: "Guests", fieldName: "guests" },
            {
              type: "Select",
              name: "guests",
              options: [
                { value: "2", label: "Two" },
                { value: "4", label: "Four" },
              ],
              defaultValue: "2",
            },
          ],
        },
      ],
    },
    {
      type: "Col",
      gap: 1,
      children: [
        { type: "Label", value: "Day", fieldName: "day" },
        { type: "DatePicker", name: "day", defaultValue: "2026-11-28" },
      ],
    },
    {
      type: "RadioGroup",
      name: "seat",
      ariaLabel: "Seat",
      direction: "row",
      defaultValue: "in",
      options: [
        { label: "Inside", value: "in" },
        { label: "Terrace", value: "out" },
      ],
    },
    { type: "Checkbox", name: "quiet", label: "A quiet corner, please", defaultChecked: true },
    { type: "Textarea", name: "note", placeholder: "Anything we should know?", rows: 2 },
  ],
};

export const CHART = {
  type: "Card",
  children: [
    { type: "Title", value: "Visitors this week", size: "sm" },
    {
      type: "Chart",
      xAxis: "day",
      showLegend: true,
      showYAxis: true,
      height: 200,
      data: [
        ["Mon", 120, 80],
        ["Tue", 180, 110],
        ["Wed", 160, 130],
        ["Thu", 240, 150],
        ["Fri", 300, 210],
      ].map(([day, web, app]) => ({ day, web, app })),
      series: [
        { type: "bar", dataKey: "web", label: "Website" },
        { type: "bar", dataKey: "app", label: "App" },
        { type: "line", dataKey: "web", label: "Trend", color: "orange" },
      ],
    },
  ],
};

export const LIST = {
  type: "ListView",
  status: { text: "3 restaurants nearby", icon: "map-pin" },
  limit: 2,
  children: ["Taberna da Rua", "Casa do Mar", "O Velho Forno"].map((name, index) => ({
    type: "ListViewItem",
    gap: 3,
    align: "center",
    onClickAction: { type: "gallery.echo", payload: { name } },
    children: [
      {
        type: "Box",
        size: 40,
        radius: "md",
        background: ["blue-100", "orange-100", "green-100"][index],
        align: "center",
        justify: "center",
        children: [{ type: "Icon", name: "compass" }],
      },
      {
        type: "Col",
        gap: 0,
        children: [
          { type: "Text", value: name, weight: "semibold" },
          { type: "Caption", value: `${index + 2} minutes on foot` },
        ],
      },
    ],
  })),
};

export const TABLE = {
  type: "Card",
  children: [
    {
      type: "Table",
      children: [
        {
          type: "Table.Row",
          header: true,
          children: ["Plan", "Seats", "Price"].map((value) => ({ type: "Table.Cell", children: [{ type: "Text", value }] })),
        },
        ...[
          ["Starter", "3", "9 €"],
          ["Team", "20", "49 €"],
        ].map((row) => ({
          type: "Table.Row",
          children: row.map((value) => ({ type: "Table.Cell", children: [{ type: "Text", value }] })),
        })),
      ],
    },
  ],
};

const widget =
  (root: unknown): Script =>
  async (say, _text, threadId) => {
    await say({ type: "thread.item.done", item: { ...base(threadId, "widget"), widget: root, copy_text: "A widget" } });
  };

export const SCRIPTS: Record<string, Script> = {
  "": async (say, text, threadId) => speak(say, threadId, `You said: ${text}`),
  echo: async (say, text, threadId) => speak(say, threadId, `Got: ${text}`),
  slow: async (say, _text, threadId) =>
    speak(say, threadId, Array.from({ length: 120 }, (_, index) => `word${index}`).join(" "), { size: 6, ms: 30 }),
  // Goes on until it is stopped.
  endless: async (say, _text, threadId) =>
    speak(say, threadId, Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(" "), { size: 6, ms: 30 }),
  /** What follows the word is the answer, character by character. */
  write: async (say, text, threadId) => speak(say, threadId, text.slice(6), { size: 3, ms: 1 }),
  heavy: async (say, text, threadId) => speak(say, threadId, HEAVY[text.slice(6)]?.() ?? "", { size: 20_000, ms: 0 }),
  polluted: widget(POLLUTED),
  "pictures kept": async (say, text, threadId) => {
    const allowed_image_domains = ["images.example"];
    const thread = { id: threadId, created_at: new Date().toISOString(), status: { type: "active" }, items: { data: [], has_more: false } };
    await say({ type: "thread.updated", thread: { ...thread, allowed_image_domains } });
    await widget(PICTURES)(say, text, threadId);
  },
  pictures: widget(PICTURES),
  markdown: async (say, _text, threadId) => speak(say, threadId, MARKDOWN, { size: 7, ms: 2 }),
  think: async (say, _text, threadId) => {
    const item = base(threadId, "workflow");
    const task = (content: string, title?: string) => ({ type: "thought", status_indicator: "none", content, ...(title && { title }) });
    const tasks = [
      task("The customer asks about refunds. I should look at the policy first.", "Reading the question"),
      task("The policy allows thirty days.", "Checking the policy"),
    ];
    await say({ type: "thread.item.added", item: { ...item, workflow: { type: "reasoning", tasks: [], expanded: false } } });
    for (const [index, each] of tasks.entries()) {
      await say({ type: "thread.item.updated", item_id: item.id, update: { type: "workflow.task.added", task_index: index, task: each } });
      await pause(150);
    }
    await say({
      type: "thread.item.done",
      item: { ...item, workflow: { type: "reasoning", tasks, summary: { duration: 4 }, expanded: false } },
    });
    await speak(
      say,
      threadId,
      "You can return anything within **30 days**. The refund reaches your account three to five working days after we have it back.",
    );
  },
  tasks: async (say, _text, threadId) => {
    const item = base(threadId, "workflow");
    const tasks = [
      {
        type: "web_search",
        status_indicator: "complete",
        title: "Searched the web",
        queries: ["lisbon tram 28 timetable", "lisbon day ticket"],
        sources: [{ type: "url", title: "Carris timetable", url: "https://example.com/carris" }],
      },
      {
        type: "file",
        status_indicator: "complete",
        title: "Read two files",
        sources: [{ type: "file", title: "itinerary.pdf", filename: "itinerary.pdf" }],
      },
      { type: "custom", status_indicator: "loading", title: "Comparing prices", content: "Looking at **three** options" },
    ];
    await say({ type: "thread.item.added", item: { ...item, workflow: { type: "custom", tasks: tasks.slice(0, 1), expanded: true } } });
    await say({ type: "thread.item.updated", item_id: item.id, update: { type: "workflow.task.added", task_index: 1, task: tasks[1] } });
    await say({ type: "thread.item.updated", item_id: item.id, update: { type: "workflow.task.added", task_index: 2, task: tasks[2] } });
    await pause(700);
    await say({
      type: "thread.item.done",
      item: {
        ...item,
        workflow: {
          type: "custom",
          expanded: true,
          summary: { title: "Planned the trip" },
          tasks: tasks.map((each) => ({ ...each, status_indicator: "complete" })),
        },
      },
    });
    await speak(say, threadId, "A day ticket is the better choice.");
  },
  sources: async (say, _text, threadId) => {
    const text = "The tram runs every twelve minutes. Day tickets cost 6.80 €. Ask Ada for a printed map.";
    const annotation = (source: unknown, index: number) => ({ type: "annotation", source, index });
    await speak(say, threadId, text, {
      annotations: [
        annotation({ type: "url", title: "Carris timetable", url: "https://example.com/carris", attribution: "example.com" }, 35),
        annotation({ type: "file", title: "Tariffs 2026", filename: "tariffs.pdf" }, 61),
        annotation({ type: "entity", title: "Ada Lovelace", id: "person_1", label: "Person", interactive: true, data: {} }, text.length),
      ],
    });
  },
  error: async (say) =>
    say({ type: "error", code: "custom", message: "The order system does not answer. Please try again in a minute.", allow_retry: true }),
  timeout: async (say) =>
    say({
      type: "error",
      code: "custom",
      reason: "model_timeout",
      message: "The assistant took too long to answer. Please try again.",
      allow_retry: true,
    }),
  notice: async (say, _text, threadId) => {
    await say({ type: "notice", level: "warning", title: "Nearly there", message: "You have used **90 %** of this month's messages." });
    await speak(say, threadId, "Noted.");
  },
  progress: async (say, _text, threadId) => {
    await say({ type: "progress_update", text: "Looking up your order" });
    await pause(900);
    await speak(say, threadId, "Your order left the warehouse this morning.");
  },
  tool: async (say, _text, threadId) =>
    say({
      type: "thread.item.done",
      item: {
        ...base(threadId, "client_tool_call"),
        status: "pending",
        call_id: "call_1",
        name: "get_cart",
        arguments: { currency: "EUR" },
      },
    }),
  effect: async (say, _text, threadId) => {
    await say({ type: "client_effect", name: "confetti", data: { count: 3 } });
    await speak(say, threadId, "Done.");
  },
  ask: async (say, _text, threadId) =>
    say({
      type: "thread.item.done",
      item: {
        ...base(threadId, "structured_input"),
        status: "pending",
        inputs: [
          {
            id: "pace",
            type: "multiple_choice",
            question: "Which pace suits you?",
            options: [{ value: "Slow, with long lunches" }, { value: "A bit of everything" }, { value: "See it all" }],
            multiple: false,
          },
          { id: "note", type: "freeform", question: "Anything else we should know?", description: "Allergies, mobility, favourite food …" },
        ],
      },
    }),
  image: async (say, _text, threadId) => {
    const item = base(threadId, "generated_image");
    const url =
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAGklEQVR42mNk+M9QzzCKRhWMKhhVMKqAcgUAm2QHAaJ1YnYAAAAASUVORK5CYII=";
    await say({ type: "thread.item.added", item });
    await pause(500);
    await say({
      type: "thread.item.updated",
      item_id: item.id,
      update: { type: "generated_image.updated", image: { id: "img_1", url }, progress: 0.6 },
    });
    await pause(500);
    await say({ type: "thread.item.done", item: { ...item, image: { id: "img_1", url } } });
  },
  lock: async (say, _text, threadId) =>
    say({
      type: "thread.updated",
      thread: {
        id: threadId,
        created_at: new Date().toISOString(),
        status: { type: "locked", reason: "A colleague is looking into this." },
        items: { data: [], has_more: false },
      },
    }),
  close: async (say, _text, threadId) =>
    say({
      type: "thread.updated",
      thread: {
        id: threadId,
        created_at: new Date().toISOString(),
        status: { type: "closed", reason: "This conversation has ended." },
        items: { data: [], has_more: false },
      },
    }),
  card: widget(CARD),
  form: widget(FORM),
  chart: widget(CHART),
  list: widget(LIST),
  table: widget(TABLE),
};
