// A real Chromium for the tests named *.browser.test.ts.
import assert from "node:assert/strict";
import { type Browser, chromium } from "playwright-core";

/** `more` are further switches of the browser. */
export function launch(more: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** A page like a customer's: strict policy, one script tag, and whatever the test puts in its body. */
export function page(body: string, { script = "chatdock.js", attributes = "", inline = "" } = {}): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Test</title><style nonce="test">body{margin:0;font:18px serif;color:red;background:#f2f2ee}chat-dock,openai-chatkit{height:100vh}h1{padding:40px}</style>
${inline && `<script nonce="test">${inline}</script>`}
<body>${body}<script nonce="test" src="/widget/${script}" ${attributes} async></script></body></html>`;
}

// A machine may be ten times slower than the one a test was written on; only a failing test waits as long as this.
export const PATIENCE_MS = 30_000;
const LOOK_AGAIN_MS = 25;

/** Reads until what is read equals `expected`: what follows a key, a click or an answer is drawn later. Answers what was read last. */
export async function eventually<T>(read: () => Promise<T> | T, expected: T, why?: string): Promise<void> {
  await until(async () => assert.deepEqual(await read(), expected, why));
}

/** Tries until nothing is thrown; throws what was thrown last. */
export async function until<T>(attempt: () => Promise<T> | T): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (true)
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
}
