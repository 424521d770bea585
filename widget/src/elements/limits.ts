// What may be attached: the page's options within the session's own limits.
import type { Limits } from "../core/uploads.ts";
import type { View } from "./context.ts";

const MEGABYTE = 1024 * 1024;

export function attachmentLimits(view: View): Limits | undefined {
  const own = view.options.value.composer?.attachments;
  const server = view.config.value.file_upload;
  if (own ? !own.enabled : !server?.enabled) return undefined;
  // The page wants them and the session forbids them: a button would only lead to a refusal.
  if (server && !server.enabled) return undefined;
  const limits: Limits = own ? { ...own } : { enabled: true };
  if (server?.max_file_size) limits.serverMaxBytes = server.max_file_size * MEGABYTE;
  if (server?.max_files) limits.serverMaxCount = server.max_files;
  if (!own && limits.serverMaxBytes) limits.maxSize = limits.serverMaxBytes;
  if (!own && limits.serverMaxCount) limits.maxCount = limits.serverMaxCount;
  return limits;
}
