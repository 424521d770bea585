// Which addresses in model text may become links, and which images may be fetched without being asked for.

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "chatkit-link:"]);
const MAX_URL_CHARS = 8_192;

/** The address a link may have, or undefined: absolute, of an allowed scheme, and not another page of the host's. */
export function safeLink(href: string): string | undefined {
  const url = parseUrl(href);
  return url && SCHEMES.has(url.protocol) ? url.href : undefined;
}

export function safeImage(src: string): URL | undefined {
  const url = parseUrl(src);
  return url && (url.protocol === "https:" || url.protocol === "http:") ? url : undefined;
}

/** Whether the thread's list allows that host: itself, or any of its subdomains. */
export function hostAllowed(url: URL, domains: readonly string[] | undefined): boolean {
  const host = url.hostname.toLowerCase();
  return (domains ?? []).some((each) => {
    const domain = each.toLowerCase().replace(/^\*\./, "");
    return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
  });
}

function parseUrl(text: string): URL | undefined {
  if (text.length > MAX_URL_CHARS) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
