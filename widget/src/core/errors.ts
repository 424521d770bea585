// What can go wrong between the widget and its server, each with the evidence a caller decides on.

/** The server answered, and refused. `message` is written for the person reading it. */
export class ApiError extends Error {
  override get name(): string {
    return "ApiError";
  }

  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later: too early, overloaded, restarting. */
  get passing(): boolean {
    return this.status === 408 || this.status === 425 || this.status >= 500;
  }

  static async from(response: Response): Promise<ApiError> {
    const text = await response.text().catch(() => "");
    let message = "";
    let code: string | null = null;
    try {
      const { error, detail } = JSON.parse(text) as { error?: { message?: string; code?: string } | string; detail?: string };
      if (typeof error === "object") {
        message = error.message ?? "";
        code = error.code ?? null;
      } else message = error ?? (typeof detail === "string" ? detail : "");
    } catch {
      // Not JSON, so nothing written for people: the status has to do.
    }
    return new ApiError(response.status, message, code);
  }
}

/** The connection broke and there is no run to come back to. */
export class ConnectionLost extends Error {
  override get name(): string {
    return "ConnectionLost";
  }
}

/** The run's recorded events are gone; the thread itself still holds what was said. */
export class TapeExpired extends Error {
  override get name(): string {
    return "TapeExpired";
  }
}
