// For the eye only, while text streams: closes what is open at the end and hides half a marker, so that no raw syntax flickers.
// The final text is parsed as it came.

export function heal(source: string): string {
  if (insideFence(source)) return source;
  const start = Math.max(0, source.lastIndexOf("\n\n") + 2 - (source.includes("\n\n") ? 0 : 2));
  const head = source.slice(0, start);
  // A last line of markers alone may yet become a list, a rule or the underline of a heading: wait for its first word.
  let tail = source.slice(start).replace(/(^|\n)[ \t]*(?:[-=*_+#>|~`]{1,3}|\d{1,9}[.)]?)[ \t]*$/, "$1");
  tail = tail.replace(/!\[[^\]\n]*(?:\](?:\([^)\n]*)?)?$/, "").replace(/\[([^[\]\n]*)(?:\](?:\([^)\n]*)?)?$/, "$1");

  const ticks = tail.match(/`+/g) ?? [];
  if (ticks.length % 2)
    return head + (tail.endsWith(ticks.at(-1) as string) ? tail.slice(0, -(ticks.at(-1) as string).length) : tail + ticks.at(-1));

  const prose = tail.replace(/(`+)[\s\S]*?\1/g, (code) => "x".repeat(code.length));
  const half = /(?:\*{1,3}|_{1,3}|~{1,2})$/.exec(prose)?.[0] ?? "";
  const opens = half && /(?:^|[\s(])$/.test(prose.slice(0, -half.length));
  if (opens) return head + tail.slice(0, -half.length) + closers(prose.slice(0, -half.length));
  const strip = half && closers(prose.slice(0, -half.length)) ? half.length : 0;
  const end = tail.length - strip;
  const trimmed = tail.slice(0, end).trimEnd();
  return head + trimmed + closers(prose.slice(0, end)) + (closers(prose.slice(0, end)) ? "" : tail.slice(trimmed.length, end));
}

function insideFence(source: string): boolean {
  let fence = "";
  for (const [, run = "", rest = ""] of source.matchAll(/^[ \t>]*(`{3,}|~{3,})(.*)$/gm)) {
    if (!fence) fence = run;
    else if (run[0] === fence[0] && run.length >= fence.length && !rest.trim()) fence = "";
  }
  return fence !== "";
}

function closers(prose: string): string {
  const text = prose.replace(/\\./g, "xx").replace(/^[ \t]*\* /gm, "xx");
  const open: string[] = [];
  for (const match of text.matchAll(/\*\*|\*|~~|(?<![\p{L}\p{N}])__?(?=\S)|(?<=\S)__?(?![\p{L}\p{N}])/gu)) {
    const [mark] = match;
    const before = text[match.index - 1] ?? " ";
    const after = text[match.index + mark.length] ?? " ";
    if (open.at(-1) === mark && /\S/.test(before)) open.pop();
    else if (/\S/.test(after)) open.push(mark);
  }
  return open.reverse().join("");
}
