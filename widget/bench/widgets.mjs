// Whole widgets beside each other in one Chromium: what they weigh, when one can type, what a streamed answer costs, how a long thread
// comes up. Each in a page of its own, in turn, from one small server that gives all of them the same bytes.
//   npm run bench -- widgets                 all of it
//   npm run bench -- widgets --only chatdock ours alone
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = new URL("../", import.meta.url).pathname;
const STATIC = `${root}../server/chatdock/web/static/widget/`;
const PEERS = ["deep-chat", "nlux", "assistant-ui"];
const SECONDS = 10;
const DELTAS = { chatdock: 20_000, "assistant-ui": 20_000, "deep-chat": 20_000, nlux: 2_000 };
/** A widget that is still busy then is cut off; what it had shown by then is part of the result. */
const PATIENCE_MS = 30_000;
const THREAD = 1_000;
/** A first visit is measured that often: one tells little. */
const ROUNDS = 5;
const CSP =
  "default-src 'none'; script-src 'nonce-b'; style-src 'nonce-b'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function bundled() {
  if (!existsSync(`${root}bench/peers/node_modules`)) {
    console.error("Installing the peers, once ...");
    const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: `${root}bench/peers`,
      stdio: "inherit",
    });
    if (status) throw new Error("npm could not install the peers");
  }
  const { outputFiles } = await build({
    absWorkingDir: `${root}bench/peers`,
    entryPoints: ["deep-chat.ts", "nlux.ts", "assistant-ui.tsx"],
    bundle: true,
    write: false,
    outdir: "out",
    format: "esm",
    minify: true,
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.split("/").at(-1), gzipSync(contents, { level: 9 })]));
}

/** The conversation of the thread that is opened: plain and marked-up answers in turn. */
function conversation(texts) {
  const parts = texts.mixed.split(/\n(?=## )/);
  return Array.from({ length: THREAD }, (_, n) =>
    n % 2
      ? { role: "assistant", text: parts[n % parts.length].slice(0, 1_100) }
      : { role: "user", text: `Question ${n}: what about the rows of day ${n}?` },
  );
}

export async function serve({ texts, deltasOf, files }) {
  const said = conversation(texts);
  const state = { count: 20_000, requests: [] };
  const item = (id, type, more) => ({ id, thread_id: "thr", type, created_at: "2026-01-01T00:00:00Z", ...more });
  const items = said.map(({ role, text }, n) =>
    role === "user"
      ? item(`i${n}`, "user_message", { content: [{ type: "input_text", text }], attachments: [], inference_options: {} })
      : item(`i${n}`, "assistant_message", { content: [{ type: "output_text", text, annotations: [] }] }),
  );
  const thread = { id: "thr", created_at: "2026-01-01T00:00:00Z", status: { type: "active" }, title: "Long" };

  async function stream(response, before = []) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const frame = (event) => `data: ${JSON.stringify(event)}\n\n`;
    for (const event of before) response.write(frame(event));
    const all = deltasOf(texts.mixed).slice(0, state.count);
    const start = performance.now();
    for (let at = 0; at < all.length; ) {
      const due = Math.min(all.length, Math.floor(((performance.now() - start) / 1_000) * (state.count / SECONDS)));
      const frames = all.slice(at, due).map((delta) =>
        frame({
          type: "thread.item.updated",
          item_id: "a1",
          update: { type: "assistant_message.content_part.text_delta", content_index: 0, delta },
        }),
      );
      at = due;
      if (frames.length && !response.write(frames.join(""))) await new Promise((resolve) => response.once("drain", resolve));
      if (response.destroyed) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const text = all.join("");
    if (before.length)
      response.write(
        frame({
          type: "thread.item.done",
          item: item("a1", "assistant_message", { content: [{ type: "output_text", text, annotations: [] }] }),
        }),
      );
    response.end();
  }

  const pages = {
    "/chatdock-script": `<style nonce="b">body{margin:0}chat-dock{display:block;height:100vh}</style><chat-dock></chat-dock><script nonce="b">
const el=document.querySelector("chat-dock");const go=()=>el.setOptions({api:{url:"/chatkit",fetch:(u,i)=>fetch(u,i)},thread:{autoScroll:true},initialThread:new URLSearchParams(location.search).has("history")?"thr":null});
customElements.whenDefined("chat-dock").then(go)</script><script nonce="b" src="/widget/chatdock.js" async></script>`,
    "/host": `<style nonce="b">body{font:18px serif}</style><h1>Acme</h1><p>A page with the snippet.</p><script nonce="b" src="/widget/chatdock.js" data-session-endpoint="/session" async></script>`,
  };
  pages["/chatdock"] = `<link rel="modulepreload" nonce="b" href="/widget/app.js">${pages["/chatdock-script"]}`;
  for (const name of PEERS)
    pages[`/${name}`] =
      `<style>body{margin:0}#root{height:100vh}</style><link rel="stylesheet" href="/peers/${name}.css"><div id="root"></div><script type="module" src="/peers/${name}.js"></script>`;

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    state.requests.push(pathname);
    const gz = (type, body) => response.writeHead(200, { "content-type": type, "content-encoding": "gzip" }).end(body);
    const json = (body) => gz("application/json", gzipSync(JSON.stringify(body)));
    if (pages[pathname]) {
      response.writeHead(200, { "content-type": "text/html", ...(/chatdock|host/.test(pathname) && { "content-security-policy": CSP }) });
      return response.end(`<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">${pages[pathname]}`);
    }
    if (pathname.startsWith("/widget/")) return gz("text/javascript", await readFile(`${STATIC}${pathname.slice(8)}.gz`));
    if (pathname.startsWith("/peers/")) {
      const file = files.get(pathname.slice(7));
      return gz(pathname.endsWith("css") ? "text/css" : "text/javascript", file ?? gzipSync(""));
    }
    if (pathname === "/history") return json(said);
    if (pathname === "/stream") return stream(response);
    if (pathname !== "/chatkit") return response.writeHead(404).end();
    let body = "";
    for await (const chunk of request) body += chunk;
    const { type, params } = JSON.parse(body);
    if (type === "threads.get_by_id") return json({ ...thread, items: { data: items, has_more: false } });
    if (type === "threads.create")
      return stream(response, [
        { type: "thread.created", thread },
        {
          type: "thread.item.done",
          item: item("u1", "user_message", { content: params.input.content, attachments: [], inference_options: {} }),
        },
        { type: "thread.item.added", item: item("a1", "assistant_message", { content: [] }) },
        {
          type: "thread.item.updated",
          item_id: "a1",
          update: {
            type: "assistant_message.content_part.added",
            content_index: 0,
            content: { type: "output_text", text: "", annotations: [] },
          },
        },
      ]);
    return json({ data: [], has_more: false });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, state, close: () => server.close() };
}

/** In the page: the composer, wherever it is, once one can type into it; and what is on the screen. */
const IN_PAGE = `(() => {
  const roots = (node, out = [node]) => { for (const el of node.querySelectorAll("*")) if (el.shadowRoot) { out.push(el.shadowRoot); roots(el.shadowRoot, out); } return out; };
  const find = (selector) => roots(document).flatMap((each) => [...each.querySelectorAll(selector)]);
  const box = () => find("textarea, [contenteditable=true], [contenteditable=plaintext-only]").find((el) => !el.disabled && el.getBoundingClientRect().height > 8);
  const text = () => roots(document).reduce((sum, each) => sum + (each === document ? document.body?.textContent.length ?? 0 : [...each.children].filter((el) => el.tagName !== "STYLE").reduce((s, el) => s + el.textContent.length, 0)), 0);
  const out = { find, box, text, longest: 0, frames: 0, worst: 0, shift: 0, usable: 0, firstText: 0, allText: 0 };
  let before = performance.now();
  const frame = (now) => { out.frames++; out.worst = Math.max(out.worst, now - before); before = now;
    if (!out.usable && box()) out.usable = performance.now();
    requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { for (const each of list.getEntries()) out.longest = Math.max(out.longest, each.duration); }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => { for (const each of list.getEntries()) out.shift += each.value; }).observe({ type: "layout-shift", buffered: true });
  window.measured = out;
})()`;

async function fresh(browser, url, { throttled = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 700, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(IN_PAGE);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  if (throttled) {
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 150,
      downloadThroughput: 200_000,
      uploadThroughput: 94_000,
    });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  }
  await page.goto(url, { waitUntil: "commit" });
  const cpu = async () => (await cdp.send("Performance.getMetrics")).metrics.find(({ name }) => name === "ThreadTime").value;
  const count = async (name) => (await cdp.send("Performance.getMetrics")).metrics.find((each) => each.name === name).value;
  /** Waits in the page itself: the tool's own way to ask again and again brings a script along, which holds a slow page up. */
  const usable = async () => {
    const expression =
      "new Promise((resolve) => { const look = () => measured.usable ? resolve(measured.usable) : setTimeout(look, 50); look(); })";
    const { result } = await cdp.send("Runtime.evaluate", { expression, awaitPromise: true });
    return result.value;
  };
  return { page, cpu, count, usable, close: () => context.close() };
}

/** When one can type, of each: in turn, so that what else the machine does hits all alike, and after a round that only warms the browser up. */
async function interactive(browser, urls) {
  const times = new Map(urls.map((url) => [url, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const url of round % 2 ? urls : urls.toReversed()) {
      const { usable, close } = await fresh(browser, url, { throttled: true });
      const time = await usable();
      if (round) times.get(url).push(time);
      await close();
    }
  }
  return new Map([...times].map(([url, all]) => [url, median(all)]));
}

async function answer(browser, url, name, server) {
  const { page, cpu, usable, close } = await fresh(browser, url);
  server.state.count = DELTAS[name];
  await usable();
  await page.waitForTimeout(400);
  const before = await cpu();
  const start = Date.now();
  await page.evaluate(
    "measured.longest = 0, measured.start = performance.now(), measured.startFrames = measured.frames, measured.before = measured.text()",
  );
  if (name === "chatdock") {
    await page.locator("textarea").fill("bench");
    await page.keyboard.press("Enter");
  } else await page.evaluate("peer.ask('bench')");
  let cut = false;
  const busy =
    name === "chatdock"
      ? "measured.find('[role=log]')[0]?.getAttribute('aria-busy') !== 'false' || measured.text() - measured.before < 20000"
      : undefined;
  const done = (async () => {
    let last = -1;
    let same = 0;
    // Looking costs the page time too: not before the last delta was sent.
    await page.waitForTimeout(SECONDS * 1_000);
    for (;;) {
      await page.waitForTimeout(250);
      const now = await page.evaluate("measured.text()");
      same = now === last && now > 1_000 && Date.now() - start > SECONDS * 900 ? same + 1 : 0;
      last = now;
      if (same >= 4 && !(busy && (await page.evaluate(busy)))) return;
    }
  })();
  await Promise.race([done.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)).then(() => (cut = true))]);
  const read = Promise.all([
    cpu(),
    page.evaluate(
      "({ longest: measured.longest, lost: 1 - (measured.frames - measured.startFrames) / ((performance.now() - measured.start) / (1000 / 60)), text: measured.text() - measured.before })",
    ),
  ]);
  const result = await Promise.race([read, new Promise((resolve) => setTimeout(() => resolve(undefined), 8_000))]);
  const wall = (Date.now() - start) / 1_000;
  await close();
  if (!result) return { cpu: Number.NaN, longest: wall * 1_000, lost: 1, text: 0, wall, cut: true };
  return { cpu: result[0] - before, ...result[1], lost: Math.max(0, result[1].lost), wall, cut };
}

async function longThread(browser, url) {
  const { page, count, close } = await fresh(browser, `${url}?history`);
  // The data is asked for when the widget is there; from its arrival on counts, less what looking for its texts takes from the page.
  await page.evaluate(`new Promise((resolve) => {
    const shadowText = () => { const chat = document.querySelector("chat-dock,deep-chat"); return (chat?.shadowRoot ?? document.body)?.textContent ?? ""; };
    const arrived = () => performance.getEntriesByType("resource").filter((each) => /chatkit|history/.test(each.name)).at(-1)?.responseEnd;
    let looked = 0;
    const look = () => {
      const began = performance.now();
      const text = shadowText();
      if (!measured.arrived && arrived()) { measured.arrived = arrived(); measured.worst = 0; looked = 0; }
      if (!measured.firstText && text.includes("day 998?")) measured.firstText = began - looked;
      if (text.includes("Question 0:") && text.includes("day 998?")) { measured.allText = began - looked; setTimeout(resolve, 600); return; }
      if (performance.now() > 25000) { resolve(); return; }
      looked += performance.now() - began;
      requestAnimationFrame(look);
    };
    look();
  })`);
  const result = await page.evaluate(
    "({ first: measured.firstText - measured.arrived, all: measured.allText - measured.arrived, worst: measured.worst })",
  );
  result.listeners = await count("JSEventListeners");
  result.nodes = await count("Nodes");
  await close();
  return result;
}

/** A page with the snippet: what moves, and what is asked for once it is idle and closed. */
async function host(browser, server) {
  const { page, close } = await fresh(browser, `${server.url}/host`);
  await page.waitForTimeout(2_500);
  const at = server.state.requests.length;
  await page.waitForTimeout(3_000);
  const later = server.state.requests.slice(at);
  const shift = await page.evaluate("measured.shift");
  await close();
  return { shift, later };
}

const TARGETS = { bytes: 45_000, typed: 900, longest: 50, first: 100, all: 600, worst: 100 };

/** Prints a table; answers how many of our targets were missed. */
export async function widgets({ browser, texts, deltasOf, print, only }) {
  const files = await bundled();
  const server = await serve({ texts, deltasOf, files });
  const manifest = JSON.parse(await readFile(`${STATIC}manifest.json`, "utf8"));
  const names = ["chatdock", ...PEERS].filter((each) => !only || only === each);
  print(
    "| | gzip KB | time to type, ms (1.6 Mbit/s, 4x slower) | 20,000 deltas in 10 s: CPU s | longest task ms | frames lost | 1,000 messages: newest ms | all ms | worst frame ms | listeners |",
  );
  print("|---|---|---|---|---|---|---|---|---|---|");
  const ms = (value) => (value > 0 ? value.toFixed(0) : "–");
  let missed = 0;
  const typing = await interactive(
    browser,
    [...names, ...(names.includes("chatdock") ? ["chatdock-script"] : [])].map((name) => `${server.url}/${name}`),
  );
  for (const name of names) {
    const url = `${server.url}/${name}`;
    const bytes =
      name === "chatdock"
        ? manifest.conversation_gzip_bytes
        : (files.get(`${name}.js`)?.length ?? 0) + (files.get(`${name}.css`)?.length ?? 0);
    const typed = typing.get(url);
    const said = await answer(browser, url, name, server);
    const threads = [];
    for (let round = 0; round < 3; round++) threads.push(await longThread(browser, url));
    const long = Object.fromEntries(Object.keys(threads[0]).map((what) => [what, median(threads.map((each) => each[what]))]));
    const notes = [said.cut && `cut off at ${PATIENCE_MS / 1_000} s`, DELTAS[name] < 20_000 && `${DELTAS[name]} deltas only`].filter(
      Boolean,
    );
    const cpu = Number.isNaN(said.cpu) ? "frozen" : said.cpu.toFixed(2);
    print(
      `| ${name} | ${(bytes / 1_000).toFixed(1)} | ${ms(typed)} | ${cpu}${notes.length ? ` (${notes.join(", ")})` : ""} | ${ms(said.longest)} | ${(said.lost * 100).toFixed(1)}% | ${ms(long.first)} | ${ms(long.all)} | ${ms(long.worst)} | ${long.listeners} |`,
    );
    if (name !== "chatdock") continue;
    const ours = { bytes, typed, longest: said.longest, ...long };
    missed += Object.entries(TARGETS).filter(([what, most]) => !(ours[what] <= most)).length + (said.lost > 0.01 ? 1 : 0);
    print(
      `| target | ${TARGETS.bytes / 1_000} | ${TARGETS.typed} | | ${TARGETS.longest} | 1% | ${TARGETS.first} | ${TARGETS.all} | ${TARGETS.worst} | |`,
    );
  }
  if (typing.has(`${server.url}/chatdock-script`)) {
    print("");
    print(
      `Chatdock without the line that has its code loaded beside the script: ${ms(typing.get(`${server.url}/chatdock-script`))} ms until one can type.`,
    );
  }
  const { shift, later } = await host(browser, server);
  server.close();
  print("");
  print(`A page with the snippet: layout shift ${shift}, requests after idle until opened: ${later.length ? later.join(" ") : "none"}.`);
  return missed + (shift ? 1 : 0) + later.length;
}
