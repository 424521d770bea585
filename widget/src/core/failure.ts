// What the conversation says when something did not work, and the way from an error to it.
import { ApiError, ConnectionLost } from "./errors.ts";

/** `code` is the service's own name for what went wrong: known only where the server is that service, whose sentences are English. */
export type Failure = {
  kind: "connection" | "rate_limit" | "server" | "load";
  code?: string | null;
  message?: string;
  retry?: () => void;
};

/** A failure in words of its kind; the server's own sentence where it sent one. */
export function describe(error: unknown, own: boolean): Failure {
  if (error instanceof ApiError)
    return {
      kind: error.status === 429 ? "rate_limit" : "server",
      ...(own && { code: error.code }),
      ...(error.message && { message: error.message }),
    };
  if (error instanceof ConnectionLost || error instanceof TypeError) return { kind: "connection" };
  return { kind: "server" };
}
