// Files on their way up: refused here when they cannot be accepted, sent the way the server wants them, with their progress.
import { batch } from "@preact/signals-core";
import type { Client, Fetch } from "./client.ts";
import type { Composer, Draft, Refusal } from "./composer.ts";
import { ApiError } from "./errors.ts";
import type { AttachmentOptions } from "./options.ts";
import type { Attachment } from "./types.ts";

const DEFAULT_MAX_BYTES = 100 * 1024 * 1024;
const DEFAULT_MAX_COUNT = 10;

/** What the page allows, within what the server allows. */
export type Limits = AttachmentOptions & { serverMaxBytes?: number | undefined; serverMaxCount?: number | undefined };

// More lines than these would push the composer off a phone's screen.
const MAX_REFUSALS = 3;

let count = 0;

/** Takes files within the limits and starts their upload; why others were refused is left for the user to read. */
export function attachFiles(composer: Composer, files: readonly File[], limits: Limits): void {
  composer.refusals.value = [];
  const maxCount = Math.min(limits.maxCount ?? DEFAULT_MAX_COUNT, limits.serverMaxCount ?? Number.POSITIVE_INFINITY);
  for (const file of files) {
    const limit = Math.min(maxBytes(file, limits.maxSize), limits.serverMaxBytes ?? Number.POSITIVE_INFINITY);
    const { name } = file;
    if (!accepted(file, limits.accept)) refuse(composer, { reason: "wrong_type", name });
    else if (file.size > limit) refuse(composer, { reason: "too_large", name, limit });
    else if (file.size === 0) refuse(composer, { reason: "empty", name });
    else if (composer.drafts.value.length >= maxCount) refuse(composer, { reason: "too_many", name, limit: maxCount });
    else start(composer, composer.client, file);
  }
}

function start(composer: Composer, client: Client, file: File): void {
  composer.release = (drafts = [...composer.kept.values()].flatMap(([, kept]) => kept).concat(composer.drafts.value)) => {
    for (const { abort, preview } of drafts) {
      abort?.abort();
      if (preview?.startsWith("blob:")) URL.revokeObjectURL(preview);
    }
  };
  const key = `file_${++count}`;
  const image = /^image\/(png|jpe?g|gif|webp|avif|bmp)$/.test(file.type);
  const abort = new AbortController();
  const preview = image && typeof URL.createObjectURL === "function" ? URL.createObjectURL(file) : undefined;
  const send = () => {
    patch(composer, key, { state: "uploading", progress: 0, retry: undefined });
    upload(client, file, abort.signal, (progress) => patch(composer, key, { progress })).then(
      (attachment) => {
        // Removed while its last bytes were on the way.
        if (abort.signal.aborted) forget(composer, attachment.id);
        else patch(composer, key, { state: "ready", attachment, progress: 1 });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const refused = error instanceof ApiError && !error.passing && error.status !== 429;
        patch(composer, key, { state: "failed", ...(!refused && { retry: send }) });
        // Why is said where it was wanted; in another thread nobody knows of it.
        if (!refused || !composer.drafts.value.some((each) => each.key === key)) return;
        const code = client.resumable ? error.code : null;
        refuse(composer, { reason: "refused", name: file.name, code, ...(error.message && { message: error.message }) });
      },
    );
  };
  const draft: Draft = { key, name: file.name, size_bytes: file.size, image, state: "uploading", progress: 0, abort };
  composer.drafts.value = [...composer.drafts.value, preview ? { ...draft, preview } : draft];
  send();
}

export function refuse(composer: Composer, refusal: Refusal): void {
  // How many may come is said once, however many did.
  const others = composer.refusals.value.filter(({ reason }) => reason !== "too_many" || refusal.reason !== "too_many");
  composer.refusals.value = [...others, refusal].slice(-MAX_REFUSALS);
}

function patch(composer: Composer, key: string, change: Partial<Draft>): void {
  const patched = (drafts: readonly Draft[]) => drafts.map((each) => (each.key === key ? { ...each, ...change } : each));
  composer.drafts.value = patched(composer.drafts.value);
  // Its thread may have been left meanwhile.
  for (const [thread, [quote, drafts]] of composer.kept) composer.kept.set(thread, [quote, patched(drafts)]);
}

/** Attachments that are on the server already. */
export function bring(composer: Composer, attachments: readonly Attachment[]): void {
  const drafts = attachments.map((attachment): Draft => {
    const { id, name, preview_url, type } = attachment;
    const draft: Draft = { key: id, name, size_bytes: 0, image: type === "image", state: "ready", progress: 1, attachment };
    return preview_url ? { ...draft, preview: preview_url } : draft;
  });
  composer.drafts.value = [...composer.drafts.value.filter((each) => !drafts.some(({ key }) => key === each.key)), ...drafts];
}

export function detach(composer: Composer, key: string): void {
  const draft = composer.drafts.value.find((each) => each.key === key);
  if (draft) composer.release?.([draft]);
  if (draft?.attachment) forget(composer, draft.attachment.id);
  batch(() => {
    composer.drafts.value = composer.drafts.value.filter((each) => each.key !== key);
    composer.refusals.value = [];
  });
}

function forget(composer: Composer, attachmentId: string): void {
  void composer.client.call("attachments.delete", { attachment_id: attachmentId }).catch(() => undefined);
}

export async function upload(
  client: Client,
  file: File,
  signal: AbortSignal,
  onProgress: (share: number) => void = () => undefined,
): Promise<Attachment> {
  const { door } = client;
  // The page's own fetch has to be used where it gave one, and a fetch tells nothing of its progress.
  const transport = door.ownFetch?.() || typeof XMLHttpRequest === "undefined" ? door.fetch : requestWithProgress(onProgress);
  const form = { method: "POST", body: formOf(file) };
  if (door.mode === "hosted") return json(await client.send(`${door.base}/v1/chatkit/files`, form, signal, transport));
  if (door.uploadStrategy?.type === "direct") return json(await client.send(door.uploadStrategy.uploadUrl, form, signal, transport));
  const params = { name: file.name, size: file.size, mime_type: file.type || "application/octet-stream" };
  const { upload_descriptor: target, ...attachment } = await client.call<Attachment>("attachments.create", params, signal);
  if (target) {
    // Only the descriptor's headers: a signed address fails with any other.
    const body = target.method === "PUT" ? file : formOf(file);
    const response = await transport(target.url, { method: target.method, headers: { ...target.headers }, body, signal });
    if (!response.ok) throw await ApiError.from(response);
  }
  return attachment;
}

async function json(response: Response): Promise<Attachment> {
  return (await response.json()) as Attachment;
}

function formOf(file: File): FormData {
  const body = new FormData();
  body.append("file", file, file.name);
  return body;
}

function requestWithProgress(onProgress: (share: number) => void): Fetch {
  return (url, { method = "GET", headers, body, signal }) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries((headers ?? {}) as Record<string, string>)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ lengthComputable, loaded, total }) => lengthComputable && onProgress(loaded / total);
      request.onload = () => {
        const { status } = request;
        const retryAfter = request.getResponseHeader("retry-after");
        const text = status === 204 || status === 205 || status === 304 ? null : request.responseText;
        resolve(new Response(text, { status, headers: retryAfter ? { "retry-after": retryAfter } : {} }));
      };
      request.onerror = () => reject(new TypeError("the upload failed"));
      request.onabort = () => reject(signal?.reason ?? new DOMException("aborted", "AbortError"));
      signal?.addEventListener("abort", () => request.abort(), { once: true });
      request.send((body ?? null) as XMLHttpRequestBodyInit | null);
    });
}

function maxBytes(file: File, limits: AttachmentOptions["maxSize"]): number {
  if (limits === undefined) return DEFAULT_MAX_BYTES;
  if (typeof limits === "number") return limits;
  const exact = limits[file.type] ?? limits[`${file.type.split("/")[0]}/*`];
  return exact ?? limits["*"] ?? limits[""] ?? DEFAULT_MAX_BYTES;
}

function accepted(file: File, accept: AttachmentOptions["accept"]): boolean {
  if (!accept || Object.keys(accept).length === 0) return true;
  const name = file.name.toLowerCase();
  return Object.entries(accept).some(([pattern, extensions]) => {
    const typed = pattern === file.type || pattern === "*/*" || (pattern.endsWith("/*") && file.type.startsWith(pattern.slice(0, -1)));
    return typed || extensions?.some((each) => name.endsWith(each.toLowerCase()));
  });
}
