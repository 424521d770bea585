// The npm package as a stranger gets it: packed, unpacked beside nothing else, checked by his compiler, bundled by his bundler, and chatted with.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { buildPackage } from "../scripts/package.mjs";
import { eventually, launch, newTab, page, test } from "./browser.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";

const run = promisify(execFile);
const MODULES = `${__ROOT__}node_modules`;
const STATIC = `${__ROOT__}../server/chatdock/web/static/widget/`;
const VERSIONS = {
  18: { types: "react-types-18", alias: { react: "react-18", "react-dom": "react-dom-18" } },
  19: { types: "@types/react", alias: {} },
};
const RESOLUTIONS = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

const ELEMENT = `import { ChatDock, ChatDockElement, type ChatOptions } from "chatdock";
import { ChatDock as Same } from "chatdock/compat";

export const options: ChatOptions = {
  api: { getClientSecret: async (current: string | null) => current ?? "ek_1", baseUrl: "https://chat.example.com" },
  terms: { newMessages: { one: "{n} new", other: "{n} new" } },
  onClientTool: ({ name, params }) => ({ name, params }),
};
export const chat: ChatDockElement = document.createElement("chat-dock");
chat.setOptions(options);
chat.addEventListener("chatkit.thread.change", ({ detail }) => detail.threadId?.trim());
chat.addEventListener("click", (event) => event.clientX);
export const sent: Promise<void> = chat.sendUserMessage({ text: "Hello", newThread: true });
export const launched: ChatDockElement = ChatDock.init({ mode: "side", options });
export const stop: (() => void) | undefined = Same.on("unread", (count) => console.info(count));
// @ts-expect-error An option of another type.
chat.setOptions({ api: 3 });
// @ts-expect-error No such mode.
ChatDock.init({ mode: "sidewise" });
// @ts-expect-error No such method.
chat.sendMessage("Hello");
export const made = new ChatDockElement();
`;

const SUPPORT = `import "chatdock";
import { useRef } from "react";
import {
  ChatKit, useChatDock, useChatKit, type ChatDockElement, type ChatKitControl, type ChatKitOptions, type UseChatKitOptions, type UseChatKitReturn,
} from "chatdock/react";

const seen: string[] = [];
export const without: ChatKitOptions = { locale: "auto" };
export const options: UseChatKitOptions = {
  api: {
    baseUrl: location.origin,
    getClientSecret: async () => (await (await fetch("/session", { method: "POST" })).json()).client_secret,
  },
  locale: "de-AT",
  onThreadChange: ({ threadId }) => void seen.push(threadId ?? ""),
};
export function Support() {
  const kit: UseChatKitReturn = useChatKit(options);
  const same: ChatKitControl = kit.control;
  const element = useRef<ChatDockElement>(null);
  const ask = async () => {
    if (element.current !== kit.ref.current) throw new Error("not the same element");
    await element.current?.sendUserMessage({ text: "write \`\`\`ts\\nconst a = 1; // one\\n\`\`\`\\n" });
  };
  return (
    <>
      <button type="button" onClick={ask}>ask</button>
      <ChatKit control={same} ref={element} className="from-react" style={{ height: 600 }} />
    </>
  );
}
export function Wrong() {
  // @ts-expect-error A handler of another shape.
  const { control } = useChatDock({ onError: ({ message }) => message });
  // @ts-expect-error No control.
  return [<ChatKit key={1} />, <ChatKit key={2} control={control} />];
}
`;

const MAIN = `import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Support } from "./support.tsx";

createRoot(document.getElementById("root")).render(<StrictMode><Support /></StrictMode>);
`;

const DOCUMENTS = [`${__ROOT__}../docs/embed.md`, `${__ROOT__}scripts/npm-readme.md`];

/** What the documentation has a page's author write. */
async function snippets(): Promise<string[]> {
  const texts = await Promise.all(DOCUMENTS.map((path) => readFile(path, "utf8")));
  const found = texts.map((text) => [...text.matchAll(/^```tsx\n(.*?)^```$/gms)].map((each) => each[1] as string));
  for (const [n, each] of found.entries()) assert.ok(each.length > 0, DOCUMENTS[n]);
  return found.flat();
}

let browser: Browser;
let server: FakeServer;
let folder: string;
const consumer = (version: string) => `${folder}/${version}`;
const installed = (version: string) => `${consumer(version)}/node_modules/chatdock`;

before(async () => {
  folder = await mkdtemp(`${tmpdir()}/chatdock-package-`);
  const made = `${__ROOT__}.cache/package`;
  await buildPackage({ outdir: made, classic: STATIC });
  await run("npm", ["pack", "--offline", "--ignore-scripts", "--pack-destination", folder], { cwd: made });
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  for (const [version, { types, alias }] of Object.entries(VERSIONS)) {
    await mkdir(installed(version), { recursive: true });
    await run("tar", ["-xzf", `${folder}/${archive}`, "-C", installed(version), "--strip-components=1"]);
    await mkdir(`${consumer(version)}/node_modules/@types`);
    await symlink(`${MODULES}/${types}`, `${consumer(version)}/node_modules/@types/react`);
    for (const [name, text] of Object.entries({ "element.ts": ELEMENT, "support.tsx": SUPPORT, "main.jsx": MAIN }))
      await writeFile(`${consumer(version)}/${name}`, text);
    for (const [n, text] of (await snippets()).entries()) await writeFile(`${consumer(version)}/snippet${n}.tsx`, text);
    await writeFile(`${consumer(version)}/package.json`, '{ "type": "module" }');
    await build({
      absWorkingDir: __ROOT__,
      entryPoints: [`${consumer(version)}/main.jsx`],
      outdir: `${consumer(version)}/built`,
      bundle: true,
      splitting: true,
      format: "esm",
      jsx: "automatic",
      alias,
      nodePaths: [MODULES],
      define: { "process.env.NODE_ENV": '"development"' },
      logLevel: "warning",
    });
  }
  const pages: Record<string, string> = {};
  const module = (body: string, attributes: string, inline = "") =>
    page(body).replace(/<script nonce="test" src=.*<\/script>/, `<script nonce="test" type="module" ${attributes}>${inline}</script>`);
  pages["/esm"] = module(
    "",
    "",
    'import { ChatDock } from "/19/node_modules/chatdock/index.js"; ChatDock.init({ sessionEndpoint: "/session", locale: "de" });',
  );
  pages["/compat"] = module(
    '<openai-chatkit data-session-endpoint="/session"></openai-chatkit>',
    'src="/19/node_modules/chatdock/compat.js"',
  );
  for (const version of Object.keys(VERSIONS))
    pages[`/react/${version}`] = module('<div id="root"></div>', `src="/${version}/built/main.js"`);
  server = await fakeServer(pages, async (_request, response, path) => {
    if (!/^\/1[89]\/(?:node_modules\/chatdock|built)\/[\w./-]+\.js$/.test(path) || path.includes("..")) return false;
    const body = await readFile(folder + path).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { "content-type": "text/javascript" }).end(body);
    return true;
  });
  pages["/classic"] = page(`<chat-dock data-session-endpoint="/session" data-api="${server.url}"></chat-dock>`).replace(
    "/widget/",
    "/19/node_modules/chatdock/classic/",
  );
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A tab, and the names of the scripts it has asked for, without their hashes. */
async function open(path: string): Promise<{ tab: Page; scripts: string[] }> {
  const tab = await newTab(browser);
  const scripts: string[] = [];
  tab.on("request", (request) => {
    const name = /([^/]+?)(?:-[A-Z\d]{8})*\.js$/.exec(new URL(request.url()).pathname)?.[1];
    if (name) scripts.push(name);
  });
  await tab.goto(server.url + path);
  return { tab, scripts };
}

const CODE = "write ```ts\nconst a = 1; // one\n```\n";
const coloured = (tab: Page) => eventually(() => tab.locator("code [data-kind=keyword]").count(), 1);
const count = (scripts: string[], ...names: string[]) => names.map((name) => scripts.filter((each) => each === name).length);

for (const version of Object.keys(VERSIONS))
  for (const resolution of RESOLUTIONS)
    test(`a page's compiler takes the declarations and what the documentation does with them, with React ${version} and ${resolution.moduleResolution}`, async () => {
      const compilerOptions = {
        ...resolution,
        target: "es2022",
        lib: ["es2022", "dom", "dom.iterable"],
        jsx: "react-jsx",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        types: [],
      };
      const config = `${consumer(version)}/tsconfig.${resolution.moduleResolution}.json`;
      await writeFile(config, JSON.stringify({ compilerOptions, include: ["*.ts", "*.tsx"] }));
      const said = await run(process.execPath, [`${MODULES}/typescript/bin/tsc`, "--project", config]).then(
        ({ stdout }) => stdout,
        (error) => error.stdout || String(error),
      );
      assert.equal(said, "");
    });

for (const version of Object.keys(VERSIONS))
  test(`a bundle with React ${version} chats, and loads a language and the colours of code alone`, async () => {
    const { tab, scripts } = await open(`/react/${version}`);
    await tab.locator("chat-dock.from-react").getByRole("textbox", { name: "Nachricht" }).waitFor();
    assert.deepEqual(count(scripts, "de", "fr", "highlight"), [1, 0, 0]);
    await tab.getByRole("button", { name: "ask" }).click();
    await coloured(tab);
    assert.deepEqual(count(scripts, "fr", "highlight", "math"), [0, 1, 0]);
  });

test("the modules run as they are, launcher and all, and load what is needed when it is", async () => {
  const { tab, scripts } = await open("/esm");
  const bubble = tab.getByRole("button", { name: "Chat öffnen" });
  await bubble.waitFor();
  assert.deepEqual(count(scripts, "labels", "panel", "mount", "de"), [1, 0, 0, 0]);
  await bubble.click();
  const box = tab.getByRole("textbox", { name: "Nachricht" });
  await box.fill(CODE);
  await box.press("Enter");
  await coloured(tab);
  assert.deepEqual(count(scripts, "panel", "mount", "de", "fr", "highlight", "math"), [1, 1, 1, 0, 1, 0]);
  assert.equal(await tab.evaluate(() => "ChatDock" in window), false);
});

test("chatdock/compat is the element under ChatKit's name as well", async () => {
  const { tab } = await open("/compat");
  const box = tab.locator("openai-chatkit").getByRole("textbox", { name: "Message" });
  await box.fill("echo there");
  await box.press("Enter");
  await tab.getByRole("log").getByText("Got: echo there").waitFor();
  assert.equal(await tab.evaluate(() => customElements.get("chat-dock") !== undefined), true);
});

test("the classic script of the package finds its parts beside it, and its service where the page says", async () => {
  const { tab } = await open("/classic");
  const box = tab.getByRole("textbox", { name: "Message" });
  await box.fill("echo here");
  await box.press("Enter");
  await tab.getByRole("log").getByText("Got: echo here").waitFor();
});

test("every entry can be imported where there is no page", async () => {
  const names = ["index", "compat"].map((name) => `${installed("19")}/${name}.js`);
  const { stdout } = await run(process.execPath, [
    "--input-type=module",
    "--eval",
    `for (const name of ${JSON.stringify(names)}) console.log(Object.keys(await import(name)).join());`,
  ]);
  assert.equal(stdout, "ChatDock,ChatDockElement\nChatDock,ChatDockElement\n");
});

test("the package leads only to files it has, and holds what it must not be spread without", async () => {
  const files = await readdir(installed("19"));
  const { exports, version, license, private: kept } = JSON.parse(await readFile(`${installed("19")}/package.json`, "utf8"));
  assert.deepEqual([version, license, kept], [__VERSION__, "Apache-2.0", undefined]);
  for (const name of ["LICENSE", "THIRD-PARTY.md", "README.md"]) assert.ok(files.includes(name), name);
  const targets = Object.values(exports).flatMap((each) => (typeof each === "string" ? [each] : Object.values(each as object)));
  assert.equal(targets.length, 8);
  for (const target of targets) assert.ok(await readFile(`${installed("19")}/${target.replace("*", "chatkit.js")}`), target);
});
