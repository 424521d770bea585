// Whom a chat talks to: what the options and the element's attributes name.
import type { Door, Fetch } from "../core/client.ts";
import type { ChatOptions, HostedApi } from "../core/options.ts";
import { type SecretGrant, Session } from "../core/session.ts";

/** Which conversation partner the options name; another one means another chat. */
export function identity({ api }: ChatOptions): string {
  if (!api) return "";
  return "url" in api ? `custom ${api.url}` : `hosted ${(api as HostedApi).baseUrl ?? ""}`;
}

export function doorOf(options: ChatOptions, element: HTMLElement, serverBase: string, latest: () => ChatOptions): Door | undefined {
  const { api } = options;
  if (!api) return undefined;
  // The page may swap these functions with any setOptions: always call the newest, as a method of the newest api object.
  const pageFetch: Fetch = (url, init) => {
    const now = latest().api;
    return now?.fetch ? now.fetch(url, init) : fetch(url, init);
  };
  const ownFetch = () => latest().api?.fetch !== undefined;
  if ("url" in api)
    return { mode: "custom", url: api.url, fetch: pageFetch, ownFetch, ...(api.uploadStrategy && { uploadStrategy: api.uploadStrategy }) };
  const session = new Session((current) => {
    const now = latest().api as HostedApi | undefined;
    if (!now?.getClientSecret) throw new TypeError("the options have no api.getClientSecret");
    return now.getClientSecret(current);
  });
  const named = (api as HostedApi).baseUrl ?? element.dataset.api;
  return { mode: "hosted", base: (named ?? serverBase).replace(/\/+$/, ""), session, fetch: pageFetch, ownFetch };
}

/** Fills what the options leave open from the element's data- attributes. */
export function withAttributes(options: ChatOptions, element: HTMLElement): ChatOptions {
  const { sessionEndpoint, greeting, title, locale } = element.dataset;
  const out = { ...options };
  if (locale) out.locale ??= locale;
  if (!out.api && sessionEndpoint) out.api = { getClientSecret: () => mint(sessionEndpoint) };
  if (greeting && out.startScreen?.greeting === undefined) out.startScreen = { ...out.startScreen, greeting };
  if (title && out.header?.title?.text === undefined) out.header = { ...out.header, title: { ...out.header?.title, text: title } };
  return out;
}

async function mint(endpoint: string): Promise<SecretGrant> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    credentials: "same-origin",
  });
  if (!response.ok) throw new Error(`the session endpoint answered ${response.status}`);
  return (await response.json()) as SecretGrant;
}

export function attributeScheme(element: HTMLElement): "light" | "dark" | "auto" {
  const value = element.dataset.colorScheme;
  return value === "dark" || value === "auto" ? value : "light";
}
