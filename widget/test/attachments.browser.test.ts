// Files, from every way in to every way up: against the real service, and against a chat server of somebody else's.
import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { after, before } from "node:test";
import type { Browser, Page } from "playwright-core";
import { eventually, launch, newTab, page, test, until } from "./browser.ts";
import { bodyOf, type FakeServer, fakeServer } from "./fake-server.ts";
import { type RealServer, realServer } from "./real-server.ts";

let browser: Browser;
let real: RealServer;
let fake: FakeServer;
const custom = {
  requests: [] as { path: string; headers: IncomingMessage["headers"]; body: string }[],
  failures: 0,
  held: Promise.resolve(),
};

// 40 by 30, from blue to green.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAAg0lEQVR42sXCIRJBAQBF0becuyZBEARBEARBEAThB0EQBEEQBEEQBMG8EazJMu6ZE0ZVhnGVYVJlmFYZZlWGeZVhUWVYVhlWVYZ1lWFTZdhWGXZVhqHKsK8yHKoMxyrDqcpwrjJcqgzXKsOtynCvMjyqDM8qw6vK8K4yfKoM3yrDr8o/pNgbKn0gWLYAAAAASUVORK5CYII=",
  "base64",
);

async function backend(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
  if (!path.startsWith("/their/")) return false;
  const body = (await bodyOf(request)).toString("latin1");
  custom.requests.push({ path, headers: request.headers, body });
  const json = (value: unknown, status = 200) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  await custom.held;
  if (path === "/their/upload" || path.startsWith("/their/bytes")) {
    if (custom.failures-- > 0) json({}, 503);
    else json(path === "/their/upload" ? { id: "atc_direct", name: "notes.txt", mime_type: "text/plain", type: "file" } : {});
  } else {
    const { type, params } = JSON.parse(body);
    if (type === "attachments.create")
      json({
        id: `atc_${params.name}`,
        name: params.name,
        mime_type: params.mime_type,
        type: "file",
        upload_descriptor: {
          url: `/their/bytes?name=${params.name}`,
          method: params.name.endsWith(".put") ? "PUT" : "POST",
          headers: { "x-signed": "yes" },
        },
      });
    else json({});
  }
  return true;
}

before(async () => {
  browser = await launch();
  [real, fake] = await Promise.all([realServer(), fakeServer({ "/element": page("<chat-dock></chat-dock>") }, backend)]);
});
after(async () => {
  await browser.close();
  await Promise.all([real.close(), fake.close()]);
});

async function open(url: string, options: Record<string, unknown>): Promise<Page> {
  const tab = await newTab(browser);
  await tab.goto(url);
  await tab.evaluate((given) => {
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    const secret = async () => (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    el.setOptions({ api: { getClientSecret: secret }, ...given });
  }, options);
  return tab;
}
const gallery = (options: Record<string, unknown> = {}) => open(`${real.url}/demo/full?workflow=wf_gallery`, options);

/** A File through the event a person's drop or paste would make. */
async function bring(tab: Page, how: "drop" | "paste", name: string, type: string, content: string): Promise<void> {
  await tab.getByRole("button", { name: "Attach files" }).waitFor();
  await tab.evaluate(
    ({ how, name, type, content }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(content), (each) => each.charCodeAt(0))], name, { type }));
      const el = document.querySelector("chat-dock") as HTMLElement;
      const box = el.shadowRoot?.querySelector("textarea") as HTMLElement;
      const init = { bubbles: true, composed: true, cancelable: true };
      if (how === "paste") box.dispatchEvent(new ClipboardEvent("paste", { ...init, clipboardData: transfer }));
      else {
        el.dispatchEvent(new DragEvent("dragenter", { ...init, dataTransfer: transfer }));
        if (name !== "held") el.dispatchEvent(new DragEvent("drop", { ...init, dataTransfer: transfer }));
      }
    },
    { how, name, type, content },
  );
}
const base64 = (text: string) => Buffer.from(text).toString("base64");
const say = async (tab: Page, text: string) => {
  await tab.getByRole("textbox", { name: "Message" }).fill(text);
  await tab.keyboard.press("Enter");
};

test("picked, dropped and pasted files go up, are shown, and travel with the message", async () => {
  const tab = await gallery();
  const chooser = tab.waitForEvent("filechooser");
  await tab.getByRole("button", { name: "Attach files" }).click();
  await (await chooser).setFiles([
    { name: "list.txt", mimeType: "text/plain", buffer: Buffer.from("tea, wool") },
    { name: "blue.png", mimeType: "image/png", buffer: PNG },
  ]);
  await bring(tab, "drop", "dropped.csv", "text/csv", base64("a,b\n1,2"));
  await bring(tab, "paste", "pasted.png", "image/png", PNG.toString("base64"));
  const files = tab.getByRole("list", { name: "Attachments" }).getByRole("listitem");
  await tab.waitForFunction(() => document.querySelector("chat-dock")?.shadowRoot?.querySelectorAll(".drafts .file.ready").length === 4);
  await eventually(() => files.getByRole("img").count(), 2, "images are shown as such");
  await tab.getByRole("button", { name: "Remove dropped.csv" }).click();
  await eventually(() => files.count(), 3);
  await say(tab, "here they are");
  const log = tab.getByRole("log");
  await log.getByText("You said: here they are").waitFor();
  await log.getByRole("button", { name: "Enlarge blue.png" }).waitFor();
  await tab.reload();
  await log.getByRole("button", { name: "Download list.txt" }).waitFor();
  const kept = log.getByRole("button", { name: "Enlarge blue.png" }).locator("img");
  await kept.evaluate((el: HTMLImageElement) => el.decode());
  const [download] = await Promise.all([tab.waitForEvent("download"), log.getByRole("button", { name: "Download list.txt" }).click()]);
  assert.equal(download.suggestedFilename(), "list.txt");
  await tab.context().close();
});

test("a file without words is a message too", async () => {
  const tab = await gallery();
  await bring(tab, "paste", "alone.txt", "text/plain", base64("alone"));
  await tab.locator(".drafts .ready").waitFor();
  await tab.getByRole("textbox", { name: "Message" }).press("Enter");
  await tab.getByRole("log").getByText("alone.txt").waitFor();
  await tab.locator('[role=log][aria-busy="false"]').waitFor();
  assert.equal(await tab.getByRole("alert").count(), 0);
  await tab.context().close();
});

test("what the page or the session forbids is refused here, with a reason and without a request", async () => {
  const tab = await gallery({
    composer: {
      attachments: {
        enabled: true,
        maxSize: { "image/*": 10, "*": 40 },
        maxCount: 2,
        accept: { "text/plain": [".txt"], "image/png": [".png"] },
      },
    },
  });
  const sent: string[] = [];
  tab.on("request", (request) => request.url().endsWith("/files") && sent.push(request.url()));
  const alert = tab.getByRole("alert");
  await bring(tab, "drop", "film.mp4", "video/mp4", base64("film"));
  await alert.getByText("film.mp4 is not of an accepted type.").waitFor();
  await bring(tab, "drop", "big.png", "image/png", PNG.toString("base64"));
  await alert.getByText(/big\.png is larger than/).waitFor();
  await bring(tab, "drop", "nothing.txt", "text/plain", "");
  await alert.getByText("nothing.txt is empty.").waitFor();
  assert.deepEqual(sent, []);
  for (const name of ["a.txt", "b.txt", "c.txt"]) await bring(tab, "drop", name, "text/plain", base64(name));
  await alert.getByText("No more than 2 files at a time.").waitFor();
  await tab.getByRole("button", { name: "Dismiss" }).click();
  await eventually(() => alert.count(), 0);
  await tab.context().close();
});

test("what only the server can tell is refused with its words, and cannot be tried again", async () => {
  const tab = await gallery();
  await bring(tab, "drop", "page.txt", "text/plain", base64("<!doctype html><script>"));
  await tab.getByRole("alert").getByText("page.txt: This kind of file cannot be uploaded.").waitFor();
  assert.equal(await tab.getByRole("button", { name: "Try page.txt again" }).count(), 0);
  await tab.getByRole("button", { name: "Remove page.txt" }).click();
  await eventually(() => tab.getByRole("alert").count(), 0);
  await tab.context().close();
});

test("the real service takes a file in two phases", async () => {
  const tab = await open(`${real.url}/demo/full?workflow=wf_gallery`, {});
  await tab.evaluate(async () => {
    const secret = (await (await fetch("/demo/session?workflow=wf_gallery", { method: "POST" })).json()).client_secret;
    const el = document.querySelector("chat-dock") as HTMLElement & { setOptions(o: unknown): void };
    el.setOptions({
      api: {
        url: "/chatkit",
        domainKey: "any",
        uploadStrategy: { type: "two_phase" },
        fetch: (url: string, init: RequestInit) =>
          fetch(url, { ...init, headers: { ...init.headers, ...(url === "/chatkit" && { authorization: `Bearer ${secret}` }) } }),
      },
      composer: { attachments: { enabled: true } },
    });
  });
  await bring(tab, "drop", "two.txt", "text/plain", base64("in two phases"));
  await tab.locator(".drafts .ready").waitFor();
  await say(tab, "two");
  await tab.getByRole("log").getByText("two.txt").waitFor();
  await tab.getByRole("log").getByText("You said: two").waitFor();
  await tab.context().close();
});

test("another server's direct upload is a form, tried again on request, with its progress shown", async () => {
  custom.requests.length = 0;
  custom.failures = 1;
  let release: () => void = () => undefined;
  custom.held = new Promise((resolve) => {
    release = resolve;
  });
  const tab = await open(`${fake.url}/element`, {
    api: { url: "/their/chatkit", domainKey: "any", uploadStrategy: { type: "direct", uploadUrl: "/their/upload" } },
    composer: { attachments: { enabled: true } },
  });
  await bring(tab, "drop", "notes.txt", "text/plain", base64("hello"));
  await tab.getByRole("progressbar", { name: "Uploading notes.txt" }).waitFor();
  release();
  await tab.getByRole("button", { name: "Try notes.txt again" }).click();
  await tab.locator(".drafts .ready").waitFor();
  const uploads = custom.requests.filter(({ path }) => path === "/their/upload");
  assert.equal(uploads.length, 2);
  assert.match(uploads[1]?.headers["content-type"] ?? "", /^multipart\/form-data/);
  assert.match(uploads[1]?.body ?? "", /name="file"; filename="notes\.txt"/);
  await tab.getByRole("button", { name: "Remove notes.txt" }).click();
  const deleted = () => custom.requests.filter(({ body }) => body.startsWith("{")).map(({ body }) => JSON.parse(body));
  await eventually(() => deleted().at(-1), { type: "attachments.delete", params: { attachment_id: "atc_direct" } });
  await tab.context().close();
});

test("another server's two phases send what the descriptor says, and nothing more", async () => {
  custom.requests.length = 0;
  const tab = await open(`${fake.url}/element`, {
    api: { url: "/their/chatkit", domainKey: "any", uploadStrategy: { type: "two_phase" } },
    composer: { attachments: { enabled: true } },
  });
  await bring(tab, "drop", "raw.put", "text/plain", base64("raw bytes"));
  await bring(tab, "drop", "form.post", "text/plain", base64("in a form"));
  await tab.waitForFunction(() => document.querySelector("chat-dock")?.shadowRoot?.querySelectorAll(".drafts .ready").length === 2);
  const [put, post] = ["raw.put", "form.post"].map((name) =>
    custom.requests.find(({ path, body }) => path === "/their/bytes" && (name === "raw.put") === (body === "raw bytes")),
  );
  assert.equal(put?.body, "raw bytes");
  assert.match(post?.body ?? "", /name="file"; filename="form\.post"/);
  for (const each of [put, post]) {
    assert.equal(each?.headers["x-signed"], "yes");
    assert.equal(each?.headers.authorization, undefined);
  }
  await tab.context().close();
});

test("files held over the panel cover it with the invitation to drop them", async () => {
  const tab = await gallery();
  await bring(tab, "drop", "held", "text/plain", base64("held"));
  const zone = tab.getByText("Drop files to attach them");
  await zone.waitFor();
  await until(async () => {
    const [over, panel] = await Promise.all([zone.boundingBox(), tab.locator("chat-dock").boundingBox()]);
    assert.ok(over && panel && over.height > panel.height - 24 && over.width > panel.width - 24);
  });
  await tab.context().close();
});

type ChatElement = HTMLElement & {
  setThreadId(id: string | null): Promise<void>;
  setComposerValue(value: unknown): Promise<void>;
};

test("a quote and files stay with the thread they were brought to, also while they are on their way up", async () => {
  const tab = await gallery({ initialThread: null });
  const sent: Record<string, unknown>[] = [];
  tab.on("request", (request) => {
    const body = request.method() === "POST" && (request.postData() ?? "").startsWith("{") && request.postDataJSON();
    if (body?.params?.input) sent.push(body.params.input);
  });
  const log = tab.getByRole("log");
  const opened = (id: string | null) =>
    tab.evaluate((wanted) => (document.querySelector("chat-dock") as ChatElement).setThreadId(wanted), id);
  await tab.evaluate(() =>
    document.querySelector("chat-dock")?.addEventListener("chatkit.thread.change", (event) => {
      (globalThis as { thread?: string }).thread = (event as CustomEvent).detail.threadId;
    }),
  );
  await say(tab, "First");
  await log.getByText("You said: First").waitFor();
  const first = await tab.evaluate(() => (globalThis as { thread?: string }).thread as string);
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await tab.route("**/v1/chatkit/files", async (route) => {
    await held;
    await route.continue();
  });
  await bring(tab, "paste", "slow.txt", "text/plain", base64("slow"));
  await tab.evaluate(() => (document.querySelector("chat-dock") as ChatElement).setComposerValue({ reply: "You said: First" }));
  const quote = tab.locator(".quote.in-composer");
  const files = tab.getByRole("list", { name: "Attachments" }).getByRole("listitem");
  await quote.waitFor();
  await tab.getByRole("progressbar", { name: "Uploading slow.txt" }).waitFor();
  await opened(null);
  await quote.waitFor({ state: "detached" });
  assert.equal(await files.count(), 0);
  await say(tab, "Second");
  await log.getByText("You said: Second").waitFor();
  assert.deepEqual([sent.at(-1)?.attachments, sent.at(-1)?.quoted_text], [[], undefined]);
  const up = tab.waitForResponse("**/v1/chatkit/files");
  release();
  await up;
  assert.equal(await files.count(), 0);
  await opened(first);
  await log.getByText("You said: First").waitFor();
  await quote.getByText("You said: First").waitFor();
  await tab.locator(".drafts .file.ready").waitFor();
  await say(tab, "With both");
  await eventually(() => sent.at(-1)?.quoted_text, "You said: First");
  assert.equal((sent.at(-1)?.attachments as string[] | undefined)?.length, 1);
  await tab.context().close();
});
