// The sources of one answer: each once, numbered in the order of its first citation.
import type { AssistantMessage, Source } from "./types.ts";

export type NumberedSource = { n: number; source: Source };

export function numberSources(messages: readonly AssistantMessage[]): NumberedSource[] {
  const seen = new Map<string, NumberedSource>();
  for (const message of messages)
    for (const part of message.content)
      for (const { source } of part.annotations ?? []) {
        const key = keyOf(source);
        if (!seen.has(key)) seen.set(key, { n: seen.size + 1, source });
      }
  return [...seen.values()];
}

export function citationsOf(
  part: AssistantMessage["content"][number],
  sources: readonly NumberedSource[],
): { offset: number; n: number }[] {
  return (part.annotations ?? []).flatMap(({ index, source }) => {
    const key = keyOf(source);
    const numbered = index === undefined ? undefined : sources.find((each) => keyOf(each.source) === key);
    return numbered ? [{ offset: index as number, n: numbered.n }] : [];
  });
}

function keyOf(source: Source): string {
  if (source.type === "url") return `url ${source.url}`;
  return source.type === "file" ? `file ${source.filename}` : `entity ${source.id}`;
}
