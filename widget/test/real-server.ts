// The real service, for tests that have to see both sides: `chatdock dev` on a free port, in a folder of its own.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";

const ROOT = `${__ROOT__}../`;
const START_MS = 60_000;

export type RealServer = {
  url: string;
  /** Ends its process without a word. */
  kill(): Promise<void>;
  /** Starts it again, with what it has stored. */
  start(): Promise<void>;
  close(): Promise<void>;
};

export const python = (): string => process.env.CHATDOCK_PYTHON ?? `${ROOT}.venv/bin/python`;

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts a server and answers once `ready` does. */
export async function startPython(
  args: string[],
  port: number,
  ready: string,
  environment: Record<string, string> = {},
): Promise<RealServer> {
  const folder = await mkdtemp(`${tmpdir()}/chatdock-widget-`);
  const url = `http://127.0.0.1:${port}`;
  const spawned = () => {
    let said = "";
    const child = spawn(python(), args, {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        HOME: process.env.HOME ?? folder,
        PYTHONPATH: `${ROOT}server`,
        PORT: String(port),
        CHATDOCK_DATA_DIR: `${folder}/data`,
        ...environment,
      },
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => {
        said = (said + chunk).slice(-4_000);
      });
    return { child, exited: new Promise<void>((resolve) => child.on("exit", () => resolve())), said: () => said };
  };
  let running = spawned();
  const isReady = () =>
    fetch(url + ready).then(
      (response) => response.ok,
      () => false,
    );
  const started = async () => {
    const until = Date.now() + START_MS;
    while (!(await isReady())) {
      if (Date.now() > until || running.child.exitCode !== null) throw new Error(`the server did not start: ${running.said()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await started();
  return {
    url,
    async kill() {
      running.child.kill("SIGKILL");
      await running.exited;
    },
    async start() {
      running = spawned();
      await started();
    },
    async close() {
      const { child, exited } = running;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function realServer(environment: Record<string, string> = {}): Promise<RealServer> {
  return startPython(["-m", "chatdock", "dev", "--no-reload"], await freePort(), "/readyz", environment);
}
