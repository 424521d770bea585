// What the peers' pages share: the stream they all read, and the one way the bench drives them.
export type Said = { role: string; text: string };
type Peer = { ask(text: string): void; inside(): ParentNode };

/** Hands on each delta of the answer as it arrives. */
export async function deltas(take: (text: string) => void): Promise<void> {
  const response = await fetch("/stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) return;
    const lines = (rest + value).split("\n\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take((JSON.parse(line.slice(6)) as { update: { delta: string } }).update.delta);
  }
}

export function peer({ make }: { make(root: HTMLElement, history: Said[]): Peer }): void {
  const begin = async () => {
    const wanted = new URLSearchParams(location.search).has("history");
    const history = wanted ? ((await (await fetch("/history")).json()) as Said[]) : [];
    const root = document.getElementById("root") as HTMLElement;
    performance.mark("made");
    Object.assign(window, { peer: make(root, history) });
  };
  void begin();
}
