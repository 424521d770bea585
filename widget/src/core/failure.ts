// What the conversation says when something did not work, and the way from an error to it.
import { ApiError, ConnectionLost } from "./errors.ts";

export type Failure = { kind: "connection" | "rate_limit" | "server" | "load"; message?: string; retry?: () => void };

/** A failure in words of its kind; the server's own sentence where it sent one. */
export function describe(error: unknown): Failure {
  if (error instanceof ApiError)
    return { kind: error.status === 429 ? "rate_limit" : "server", ...(error.message && { message: error.message }) };
  if (error instanceof ConnectionLost || error instanceof TypeError) return { kind: "connection" };
  return { kind: "server" };
}
