// Links to a conversation: made, listed and revoked at the service. What a link shows is fixed when it is made.
import type { Client } from "./client.ts";

/** `url` is known of a link that was made here: the service keeps no address. `created_at` in Unix seconds. */
export type Share = { id: string; created_at: number; url?: string | null };

const of = (threadId: string) => `/v1/chatkit/threads/${encodeURIComponent(threadId)}/shares`;

export async function listShares(client: Client, threadId: string): Promise<Share[]> {
  return ((await (await client.rest("GET", of(threadId))).json()) as { data: Share[] }).data;
}

export async function createShare(client: Client, threadId: string): Promise<Share> {
  return (await client.rest("POST", of(threadId))).json() as Promise<Share>;
}

export async function revokeShare(client: Client, id: string): Promise<void> {
  await client.rest("DELETE", `/v1/chatkit/shares/${encodeURIComponent(id)}`);
}
