// What a user has made of threads, as our own service keeps it: pinned, archived, read.
import type { Client } from "./client.ts";
import type { Page, Thread, ThreadStatus } from "./types.ts";

export type Shelf = "listed" | "pinned" | "archived" | "unread";
export type Change = { pinned?: boolean; archived?: boolean; read_through?: string; unread?: boolean };

/** `created_at` in Unix seconds, as everywhere in REST. */
type Marked = {
  id: string;
  created_at: number;
  title: string | null;
  status: ThreadStatus;
  pinned: boolean;
  archived: boolean;
  unread: boolean;
};

export async function shelf(client: Client, which: Shelf, limit: number, after?: string, signal?: AbortSignal): Promise<Page<Thread>> {
  const query = new URLSearchParams({ shelf: which, limit: String(limit), ...(after && { after }) });
  const page = await rest<{ data: Marked[]; has_more: boolean; after: string | null }>(client, `history?${query}`, undefined, signal);
  return { data: page.data.map(toThread), has_more: page.has_more, ...(page.after !== null && { after: page.after }) };
}

export async function marksOf(client: Client, id: string, signal?: AbortSignal): Promise<Thread> {
  return toThread(await rest<Marked>(client, `threads/${encodeURIComponent(id)}/marks`, undefined, signal));
}

export async function mark(client: Client, id: string, change: Change): Promise<Thread> {
  return toThread(await rest<Marked>(client, `threads/${encodeURIComponent(id)}/marks`, change));
}

/** JSON from our own service, posted where there is a body. */
export async function rest<T>(client: Client, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  if (client.door.mode !== "hosted") throw new TypeError("only a service with client secrets has this");
  const init: RequestInit = body
    ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
    : { method: "GET" };
  return (await client.send(`${client.door.base}/v1/chatkit/${path}`, init, signal)).json() as Promise<T>;
}

function toThread({ title, created_at, ...marked }: Marked): Thread {
  const items = { data: [], has_more: false };
  return { ...marked, created_at: new Date(created_at * 1_000).toISOString(), items, ...(title !== null && { title }) };
}
