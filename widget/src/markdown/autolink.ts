// GFM's bare addresses in running text: http://, https://, www. and e-mail.
import type { MdChild } from "./parse.ts";

const CANDIDATE = /(?<![\w/@.-])(?:https?:\/\/|www\.)[^\s<\uE200\uE201]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;

export function splitAutolinks(text: string): MdChild[] {
  if (!text.includes("://") && !text.includes("www.") && !text.includes("@") && !text.includes("WWW.")) return [text];
  const out: MdChild[] = [];
  let at = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimEnd(match[0]);
    const href = hrefOf(address);
    if (!href) continue;
    if (match.index > at) out.push(text.slice(at, match.index));
    out.push({ tag: "a", attrs: { href }, children: [address] });
    at = match.index + address.length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

function hrefOf(address: string): string | undefined {
  if (/^https?:\/\/[^\s/?#]/i.test(address)) return address;
  if (/^www\.[^\s/?#.]+\.[^\s]/i.test(address)) return `http://${address}`;
  return /^[\w.+-]+@[\w-]+(\.[\w-]*[a-z0-9])+$/i.test(address) ? `mailto:${address}` : undefined;
}

/** Without the punctuation of the sentence around it; a closing bracket stays if it was opened inside. */
function trimEnd(address: string): string {
  let end = address.length;
  for (;;) {
    const last = address[end - 1] ?? "";
    if (/[?!.,:*_~'"]/.test(last)) end--;
    else if (last === ")" && count(address, "(", end) < count(address, ")", end)) end--;
    else if (last === ";") {
      const entity = /&[a-z0-9]+;$/i.exec(address.slice(0, end));
      end -= entity ? entity[0].length : 1;
    } else return address.slice(0, end);
  }
}

function count(text: string, what: string, end: number): number {
  let n = 0;
  for (let i = 0; i < end; i++) if (text[i] === what) n++;
  return n;
}
