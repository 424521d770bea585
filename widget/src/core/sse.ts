// Server-sent events, as a pure parser: feed(text) returns the events that text completed, whatever way the text was cut.

export type SseEvent = { id: string | undefined; data: string };

/** `retryMs` is what the server asked for; `comeBack` says that it asked after its last event: the stream goes on elsewhere. */
export type SseParser = { feed(chunk: string): SseEvent[]; readonly retryMs: number | undefined; readonly comeBack: boolean };

export function createSseParser(): SseParser {
  let rest = "";
  let data: string[] = [];
  let id: string | undefined;
  let first = true;

  function line(text: string, out: SseEvent[]): void {
    if (text === "") {
      if (data.length) {
        out.push({ id, data: data.join("\n") });
        parser.comeBack = false;
      }
      data = [];
      id = undefined;
      return;
    }
    // What has no field's name before its colon is a comment: the server's heartbeat.
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?/s.exec(text) as string[];
    if (field === "data") data.push(value);
    else if (field === "id") id = value;
    else if (field === "retry" && /^\d{1,5}$/.test(value)) {
      parser.retryMs = Number(value);
      parser.comeBack = true;
    }
  }

  const parser = {
    retryMs: undefined as number | undefined,
    comeBack: false,
    feed(chunk: string): SseEvent[] {
      const out: SseEvent[] = [];
      rest += chunk;
      if (first && rest) {
        first = false;
        if (rest.startsWith("\uFEFF")) rest = rest.slice(1);
      }
      // A lone CR at the very end may be the first half of CRLF: wait for what follows.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() as string;
      for (const each of lines) line(each, out);
      return out;
    },
  };
  return parser;
}
