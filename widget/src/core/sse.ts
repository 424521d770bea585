// Server-sent events, as a pure parser: feed(text) returns the events that text completed, whatever way the text was cut.

export type SseEvent = { id: string | undefined; data: string };

/** `retryMs` is what the server asked for; `comeBack` says that it asked after its last event: the stream goes on elsewhere. */
export type SseParser = { feed(chunk: string): SseEvent[]; readonly retryMs: number | undefined; readonly comeBack: boolean };

export function createSseParser(): SseParser {
  let rest = "";
  let data: string[] = [];
  let id: string | undefined;
  let first = true;
  let retryMs: number | undefined;
  let comeBack = false;

  function line(text: string, out: SseEvent[]): void {
    if (text === "") {
      if (data.length) {
        out.push({ id, data: data.join("\n") });
        comeBack = false;
      }
      data = [];
      id = undefined;
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return; // A comment: the server's heartbeat.
    const field = colon < 0 ? text : text.slice(0, colon);
    let value = colon < 0 ? "" : text.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") data.push(value);
    else if (field === "id") id = value;
    else if (field === "retry" && /^\d{1,5}$/.test(value)) {
      retryMs = Number(value);
      comeBack = true;
    }
  }

  return {
    get retryMs() {
      return retryMs;
    },
    get comeBack() {
      return comeBack;
    },
    feed(chunk) {
      const out: SseEvent[] = [];
      rest += chunk;
      if (first && rest) {
        first = false;
        if (rest.startsWith("\uFEFF")) rest = rest.slice(1);
      }
      let start = 0;
      for (;;) {
        let end = start;
        while (end < rest.length && rest[end] !== "\n" && rest[end] !== "\r") end++;
        // A lone CR at the very end may be the first half of CRLF: wait for what follows.
        if (end >= rest.length || (rest[end] === "\r" && end === rest.length - 1)) break;
        line(rest.slice(start, end), out);
        start = end + (rest[end] === "\r" && rest[end + 1] === "\n" ? 2 : 1);
      }
      rest = rest.slice(start);
      return out;
    },
  };
}
