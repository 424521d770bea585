// Every component of a widget with the properties it may have, against a server that the page itself plays: what is seen and what is sent.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { violations } from "./axe.ts";
import { eventually, launch, newTab, page, still, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const OUT = `${__ROOT__}.cache/shots`;
let browser: Browser;
let server: FakeServer;

before(async () => {
  await mkdir(OUT, { recursive: true });
  browser = await launch();
  server = await fakeServer({ "/": page("<chat-dock></chat-dock>") });
});
after(async () => {
  await browser.close();
  await server.close();
});

type Sent = { type: string; params: { action?: { type: string; payload?: unknown } } };

/** A thread that holds one widget; an action is answered when `answer` is called, at once unless told. */
async function show(widget: object, { theme = "light", waits = false, bypassCSP = false } = {}): Promise<Page> {
  const tab = await newTab(browser, { viewport: { width: 640, height: 900 }, bypassCSP });
  await tab.goto(`${server.url}/`);
  await tab.waitForFunction(() => customElements.get("chat-dock"));
  await tab.evaluate(
    ({ widget, theme, waits }) => {
      const sent: unknown[] = [];
      const errors: string[] = [];
      const answers: (() => void)[] = [];
      const answer = () => {
        const next = answers.shift();
        next?.();
        return next !== undefined;
      };
      Object.assign(window, { sent, errors, answer });
      const at = "2026-11-21T09:00:00Z";
      const item = { id: "cti_1", thread_id: "cthr_1", created_at: at, type: "widget", widget };
      const thread = { id: "cthr_1", created_at: at, status: { type: "active" }, items: { data: [item], has_more: false } };
      const reply = async (url: string, init: RequestInit): Promise<Response> => {
        const body = JSON.parse(String(init.body)) as { type: string };
        if (body.type === "threads.get_by_id") return Response.json(thread);
        if (body.type === "threads.list") return Response.json({ data: [thread], has_more: false });
        if (body.type !== "threads.custom_action") return Response.json({ data: [], has_more: false });
        sent.push(body);
        if (waits) await new Promise<void>((resolve) => answers.push(resolve));
        const said = `data: ${JSON.stringify({ type: "thread.item.done", item: { id: `cti_${url}_${sent.length + 1}`, thread_id: "cthr_1", created_at: at, type: "assistant_message", content: [{ type: "output_text", text: `answer ${sent.length}`, annotations: [] }] } })}\n\n`;
        return new Response(said, { headers: { "content-type": "text/event-stream" } });
      };
      const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
      el.addEventListener("chatkit.error", (event) => errors.push((event as CustomEvent).detail.error.message));
      el.setOptions({ api: { url: "/x", domainKey: "any", fetch: reply }, initialThread: "cthr_1", theme });
    },
    { widget, theme, waits },
  );
  await tab.locator(".w-root").waitFor();
  await still(tab);
  return tab;
}

const sent = (tab: Page) => tab.evaluate(() => (window as unknown as { sent: Sent[] }).sent);
const errors = (tab: Page) => tab.evaluate(() => (window as unknown as { errors: string[] }).errors);
const answered = (tab: Page, n: number) => tab.getByText(`answer ${n}`, { exact: true }).waitFor();
// An action shows that it is under way before its request is.
const answer = (tab: Page) => tab.waitForFunction(() => (window as unknown as { answer(): boolean }).answer());
const css = (of: Locator, name: string) => of.evaluate((el, property) => getComputedStyle(el).getPropertyValue(property), name);
const valid = (of: Locator) => of.evaluate((el) => (el as HTMLInputElement).validity.valid);

const act = (type: string, more: object = {}) => ({ type, ...more });
const COUNTRIES = ["Austria", "Belgium", "Croatia", "Denmark", "Estonia", "Finland", "France", "Germany", "Greece", "Hungary"]
  .concat(["Ireland", "Italy", "Latvia", "Malta", "Norway", "Österreich-Ungarn", "Poland", "Portugal"])
  .map((label) => ({ label, value: label.slice(0, 3).toLowerCase() }));

test("a card of fields: sizes, gutters, focus, selection, patterns, growing; cancel carries the values and checks nothing", async () => {
  const tab = await show({
    type: "Card",
    asForm: true,
    border: { size: 3, color: "blue-500", style: "dashed" },
    status: { text: "docs.example", favicon: "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=", frame: true },
    confirm: { label: "Save", action: act("save") },
    cancel: { label: "Discard", action: act("discard") },
    children: [
      {
        type: "Input",
        name: "user.name",
        required: true,
        size: "xl",
        gutterSize: "2xl",
        pill: true,
        autoFocus: true,
        autoSelect: true,
        defaultValue: "Ada",
      },
      { type: "Input", name: "code", pattern: "[0-9]{3}", placeholder: "Code", allowAutofillExtensions: true, size: "xs" },
      { type: "Textarea", name: "note", placeholder: "Note", pattern: "[a-z ]*", rows: 2, autoResize: true, maxRows: 4 },
      { type: "Text", value: "A title", editable: { name: "title", pattern: "A .*", required: true, autoComplete: "organization-title" } },
    ],
  });
  const name = tab.locator('[name="user.name"]');
  await eventually(
    () => tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.activeElement?.getAttribute("name")),
    "user.name",
  );
  assert.deepEqual(await name.evaluate((el) => [(el as HTMLInputElement).selectionStart, (el as HTMLInputElement).selectionEnd]), [0, 3]);
  assert.equal(await css(name, "padding-left"), "24px");
  assert.equal(await css(name, "min-height"), "48px");
  assert.equal(await css(tab.locator(".w-card"), "border-top-style"), "dashed");
  assert.equal(await css(tab.locator(".w-card"), "border-top-width"), "3px");
  assert.equal(await tab.locator(".w-status img.frame").count(), 1);
  assert.equal(await name.getAttribute("data-1p-ignore"), "");
  assert.equal(await tab.locator('[name="code"]').getAttribute("data-1p-ignore"), null);
  assert.equal(await tab.locator('[name="title"]').getAttribute("autocomplete"), "organization-title");

  const note = tab.locator('[name="note"]');
  const low = (await note.boundingBox())?.height ?? 0;
  await note.fill("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight");
  const high = (await note.boundingBox())?.height ?? 0;
  assert.ok(high > low * 1.4, `${low} grew to ${high}`);
  assert.ok(await note.evaluate((el) => el.scrollHeight > el.clientHeight), "no further than its rows");
  assert.equal(await valid(note), false, "the pattern knows no new lines");
  await note.fill("fine");
  assert.equal(await valid(note), true);
  const title = tab.locator('[name="title"]');
  await title.fill("No title");
  assert.equal(await valid(title), false);

  await tab.getByRole("button", { name: "Save" }).click();
  assert.deepEqual(await sent(tab), [], "what is wrong is not sent");
  await tab.getByRole("button", { name: "Discard" }).click();
  await answered(tab, 1);
  await title.fill("A better title");
  await tab.locator('[name="code"]').fill("123");
  await tab.getByRole("button", { name: "Save" }).click();
  await answered(tab, 2);
  const payload = { user: { name: "Ada" }, code: "", note: "fine", title: "No title" };
  assert.deepEqual(
    (await sent(tab)).map((each) => each.params.action),
    [
      { type: "discard", payload },
      { type: "save", payload: { ...payload, code: "123", title: "A better title" } },
    ],
  );
});

test("a long select is searched by its words, with accents or without, by keyboard and by pointer", async () => {
  const tab = await show(
    {
      type: "Card",
      asForm: true,
      confirm: { label: "Go", action: act("go") },
      children: [
        { type: "Label", value: "Country", fieldName: "trip.country" },
        { type: "Select", name: "trip.country", options: COUNTRIES, required: true, clearable: true, onChangeAction: act("changed") },
        { type: "Select", name: "few", options: COUNTRIES.slice(0, 3), defaultValue: "bel" },
        {
          type: "Select",
          name: "few_searched",
          ariaLabel: "Few",
          searchable: true,
          options: [...COUNTRIES.slice(0, 2), { label: "None", value: "no", disabled: true }],
        },
      ],
    },
    { bypassCSP: true },
  );
  const field = tab.getByRole("combobox", { name: "Country" });
  await tab.getByRole("button", { name: "Go" }).click();
  assert.deepEqual(await sent(tab), [], "required and not chosen");
  await field.click();
  await eventually(() => tab.getByRole("option").count(), COUNTRIES.length + 3);
  await field.fill("osterr");
  await eventually(() => tab.getByRole("listbox").getByRole("option").allInnerTexts(), ["Österreich-Ungarn"]);
  await field.fill("zzz");
  await tab.getByText("Nothing found").waitFor();
  await field.fill("an");
  await tab.getByRole("listbox").getByRole("option", { name: "Finland" }).waitFor();
  await field.press("ArrowDown");
  await eventually(() => tab.locator('[data-at="true"]').innerText(), "France");
  assert.equal(await field.getAttribute("aria-activedescendant"), await tab.locator('[data-at="true"]').getAttribute("id"));
  assert.deepEqual(await violations(tab), []);
  await tab.screenshot({ path: `${OUT}/components-select.png` });
  await field.press("Enter");
  await eventually(() => field.inputValue(), "France");
  await answered(tab, 1);
  await tab.getByRole("button", { name: "Remove France" }).click();
  await eventually(() => field.inputValue(), "");
  await answered(tab, 2);
  await field.fill("mal");
  await tab.getByRole("option", { name: "Malta" }).click();
  await eventually(() => field.inputValue(), "Malta");
  await answered(tab, 3);
  await field.fill("ger");
  await field.press("Escape");
  await eventually(() => field.inputValue(), "Malta", "Escape gives the search up");
  const few = tab.getByRole("combobox", { name: "Few", exact: true });
  await few.click();
  await tab.getByRole("listbox").getByRole("option", { name: "None" }).click({ force: true });
  assert.equal(await few.inputValue(), "", "what is disabled is not chosen");
  await few.press("Escape");
  await tab.getByRole("button", { name: "Go" }).click();
  await answered(tab, 4);
  const said = (await sent(tab)).map((each) => each.params.action?.payload as { trip: { country: string | null } });
  assert.deepEqual(
    said.map((each) => each.trip.country),
    ["fra", null, "mal", "mal"],
  );
  assert.deepEqual(said.at(-1), { trip: { country: "mal" }, few: "bel", few_searched: "" });
});

test("an action shows that it is under way as it says: itself, its whole widget, or not at all", async () => {
  const tab = await show(
    {
      type: "Card",
      confirm: { label: "Confirm", action: act("confirm") },
      children: [
        { type: "Button", label: "Self", onClickAction: act("self") },
        { type: "Button", iconEnd: "reload", label: "Whole", onClickAction: act("whole", { loadingBehavior: "container" }) },
        { type: "Button", label: "None", onClickAction: act("none", { loadingBehavior: "none" }) },
      ],
    },
    { waits: true },
  );
  const root = tab.locator(".w-root");
  const button = (name: string) => tab.getByRole("button", { name });
  await button("Self").click();
  await eventually(() => button("Self").getAttribute("aria-busy"), "true");
  assert.equal(await root.evaluate((el) => (el as HTMLElement).inert), false);
  await answer(tab);
  await eventually(() => button("Self").getAttribute("aria-busy"), "false");
  await button("None").click();
  await eventually(async () => (await sent(tab)).length, 2);
  assert.equal(await button("None").getAttribute("aria-busy"), "false");
  await answer(tab);
  await answered(tab, 2);
  await button("Whole").focus();
  await tab.keyboard.press("Enter");
  await eventually(() => root.evaluate((el) => (el as HTMLElement).inert), true);
  await answer(tab);
  await eventually(() => root.evaluate((el) => (el as HTMLElement).inert), false);
  await eventually(
    () => tab.evaluate(() => document.querySelector("chat-dock")?.shadowRoot?.activeElement?.textContent),
    "Whole",
    "the focus is back",
  );
  await answered(tab, 3);
  await button("Confirm").click();
  await eventually(() => root.evaluate((el) => (el as HTMLElement).inert), true);
  await answer(tab);
  await answered(tab, 4);
});

test("what an action says of a name wins over the field, and the page hears of it", async () => {
  const tab = await show({
    type: "Basic",
    children: [
      {
        type: "Form",
        onSubmitAction: act("sent", { payload: { kind: "own" } }),
        children: [
          { type: "Input", name: "kind", defaultValue: "field" },
          { type: "Checkbox", name: "agree", label: "Agree", onChangeAction: act("ticked") },
          {
            type: "RadioGroup",
            name: "seat",
            direction: "col",
            options: [
              { label: "In", value: "in" },
              { label: "Out", value: "out" },
            ],
            defaultValue: "in",
          },
          { type: "Button", label: "Send", submit: true },
          { type: "Button", label: "Beside", onClickAction: act("beside") },
        ],
      },
    ],
  });
  await tab.getByLabel("Agree").check();
  await answered(tab, 1);
  await tab.getByRole("button", { name: "Send", exact: true }).click();
  await answered(tab, 2);
  await tab.getByRole("button", { name: "Beside" }).click();
  await answered(tab, 3);
  const fields = { kind: "field", agree: true, seat: "in" };
  assert.deepEqual(
    (await sent(tab)).map((each) => each.params.action),
    [
      { type: "ticked", payload: fields },
      { type: "sent", payload: { ...fields, kind: "own" } },
      { type: "beside", payload: fields },
    ],
  );
  assert.deepEqual(await errors(tab), ["the action sent already has kind in its payload"]);
});

test("a dark widget on a light page is dark, and its words can be read", async () => {
  const children = [
    { type: "Title", value: "Tonight" },
    { type: "Text", value: "Doors open at eight.", color: "secondary" },
    { type: "Caption", value: "Row 4" },
    { type: "Badge", label: "New", color: "info" },
    { type: "Button", label: "Buy", style: "primary", onClickAction: act("buy") },
    { type: "Button", label: "Later", onClickAction: act("later") },
  ];
  for (const [theme, other] of [
    ["light", "dark"],
    ["dark", "light"],
  ] as const) {
    const tab = await show({ type: "Card", theme: other, children }, { theme, bypassCSP: true });
    assert.equal(await tab.locator(".w-root").getAttribute("data-scheme"), other);
    assert.equal(await css(tab.locator(".w-root"), "color-scheme"), other);
    assert.deepEqual(await violations(tab), []);
    await tab.screenshot({ path: `${OUT}/components-${other}-on-${theme}.png` });
  }
});

test("a chart keeps its gaps, its curves, and what it shows when pointed at", async () => {
  const data = [1, 3, 2, 4].map((n) => ({ day: `d${n}`, sold: n, open: 5 - n }));
  const chart = (more: object) => ({
    type: "Chart",
    data,
    xAxis: "day",
    series: [
      { type: "bar", dataKey: "sold" },
      { type: "bar", dataKey: "open" },
      { type: "area", dataKey: "sold", stack: "a", curveType: "stepAfter" },
      { type: "area", dataKey: "open", stack: "a", curveType: "stepAfter" },
    ],
    ...more,
  });
  const tab = await show({
    type: "Card",
    size: "lg",
    children: [chart({ barGap: 0, barCategoryGap: "50%" }), chart({ showTooltip: false })],
  });
  const [first, second] = [tab.locator(".w-chart").first(), tab.locator(".w-chart").last()];
  const bars = await first
    .locator("rect")
    .evaluateAll((all) => all.map((each) => [Number(each.getAttribute("x")), Number(each.getAttribute("width"))]));
  const [sold, open] = [bars[0] as [number, number], bars[4] as [number, number]];
  assert.ok(Math.abs(sold[0] + sold[1] - open[0]) < 0.01, "no gap between the bars of a category");
  assert.equal(await first.locator("title").count(), data.length * 4);
  assert.equal(await second.locator("title").count(), 0);
  // The lower edge of what stands on another area is that area's upper edge, taken backwards.
  const edges = await first.locator("g > path:first-child").evaluateAll((all) => all.map((each) => each.getAttribute("d") ?? ""));
  const points = (d: string) =>
    (d.match(/-?[\d.]+ -?[\d.]+/g) ?? []).map((each) =>
      each
        .split(" ")
        .map((n) => Math.round(Number(n)))
        .join(" "),
    );
  const upper = points(edges[0]?.split("Z")[0] ?? "").slice(0, 10);
  assert.deepEqual(points(edges[1] ?? "").slice(10), upper.reverse());
  await tab.screenshot({ path: `${OUT}/components-chart.png` });
});

test("what is unknown is left out, and the rest is drawn", async () => {
  const tab = await show({
    type: "Basic",
    theme: "light",
    unknown: { deep: [1] },
    children: [
      { type: "Hologram", value: "?" },
      {
        type: "Row",
        gap: 2,
        wrap: "wrap",
        children: [
          { type: "Icon", name: "no-such-icon" },
          { type: "Icon", name: "lucide:plane" },
          { type: "Text", value: "drawn" },
        ],
      },
      { type: "Transition", children: null },
      { type: "Image", src: "javascript:alert(1)" },
      { type: "Divider", flush: true, spacing: 2, color: "url(https://evil.example/x)" },
      { type: "Button", iconEnd: "plus", uniform: true, onClickAction: act("plus") },
      {
        type: "Table",
        children: [
          {
            type: "Table.Row",
            header: true,
            children: [{ type: "Table.Cell", colSize: "lg", children: [{ type: "Text", value: "Head" }] }],
          },
        ],
      },
    ],
  });
  await tab.getByText("drawn").waitFor();
  await tab.getByRole("columnheader", { name: "Head" }).waitFor();
  assert.equal(await tab.getByRole("button", { name: "plus" }).count(), 1);
  assert.equal(await tab.locator(".w-image").count(), 0);
});
