// Which addresses in model text may become links, and which images may be fetched without being asked for.

const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:", "chatkit-link:"]);
const MAX_URL_CHARS = 8_192;
/** What is longer is no image's address, but something told to whoever has it. */
const MAX_IMAGE_URL_CHARS = 2_048;
/** Characters of query and fragment that a link may take to another site unasked. */
const MOST_TOLD = 64;

/** The address a link may have, or undefined: absolute, of an allowed scheme, and not another page of the host's. */
export function safeLink(href: string): URL | undefined {
  const url = parseUrl(href);
  return url && SCHEMES.has(url.protocol) ? url : undefined;
}

/** The address an image may have: secure, or on the reader's own machine, where pages are made. */
export function safeImage(src: string): URL | undefined {
  const url = parseUrl(src);
  return url &&
    url.href.length <= MAX_IMAGE_URL_CHARS &&
    /^(https:.*|http:(localhost|127\.0\.0\.1|\[::1]))$/.test(url.protocol + url.hostname)
    ? url
    : undefined;
}

/** Whether a link takes so much to another site that its reader is asked first. */
export function tellsMuch({ search, hash, host }: HTMLAnchorElement | URL): boolean {
  return (search + hash).length > MOST_TOLD && host !== location.host;
}

/** Whether the thread's list allows that host: itself, or any of its subdomains. */
export function hostAllowed(url: URL, domains: readonly string[] | undefined): boolean {
  const host = url.hostname.toLowerCase();
  return (domains ?? []).some((each) => {
    const domain = each.toLowerCase().replace(/^\*\./, "");
    return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
  });
}

// A link's address is asked for more than once while its element is made.
let parsed: { text: string; url: URL | undefined } = { text: "", url: undefined };

function parseUrl(text: string): URL | undefined {
  if (text.length > MAX_URL_CHARS) return undefined;
  if (text !== parsed.text) {
    let url: URL | undefined;
    try {
      url = new URL(text);
    } catch {
      // Then it is none.
    }
    parsed = { text, url };
  }
  return parsed.url;
}
