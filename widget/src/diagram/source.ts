// A source in the parts that every kind of diagram has: its first line, the lines after it, its title and its configuration.

/** `indented` are the lines as they stand, `lines` without what they begin with; comments are in neither, nor what is said to those who do not see. */
export type Source = { head: string; lines: string[]; indented: string[]; title: string; config: string };

export function sourceOf(text: string): Source {
  const [front, body] = frontMatter(text);
  const [rest, directives] = withoutDirectives(body);
  const [first = "", ...all] = rest
    .replace(/^[ \t]*accDescr[ \t]*\{[^}]*\}/gm, "")
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)%%.*$/, "").trimEnd())
    .filter(Boolean);
  const named = all.map((line) => /^\s*accTitle[ \t]*:[ \t]*(.*)$/.exec(line)?.[1]).find(Boolean);
  const indented = all.filter((line) => !/^\s*acc(?:Title|Descr)\b/.test(line));
  const lines = indented.map((line) => line.trim());
  const title = named ?? /^title:[ \t]*(["']?)(.*)\1$/m.exec(front)?.[2] ?? "";
  return { head: first.trim(), lines, indented, title, config: front + directives };
}

/** What the configuration says of that name, if anything: of what it may say the few words that change what is drawn are read. */
export function setting(config: string, name: string): string {
  return new RegExp(String.raw`\b${name}["']?[ \t]*:[ \t]*["']?([^"',}\n]*)`).exec(config)?.[1]?.trim() ?? "";
}

function frontMatter(text: string): [string, string] {
  const found = /^\s*---[ \t]*\n([\s\S]*?)\n---[ \t]*\n([\s\S]*)$/.exec(text);
  return found ? [found[1] as string, found[2] as string] : ["", text];
}

function withoutDirectives(text: string): [string, string] {
  let [kept, directives] = ["", ""];
  for (let at = 0; ; ) {
    const from = text.indexOf("%%{", at);
    const to = from < 0 ? -1 : text.indexOf("}%%", from);
    if (to < 0) return [kept + text.slice(at), directives];
    kept += text.slice(at, from);
    directives += text.slice(from, to);
    at = to + 3;
  }
}
