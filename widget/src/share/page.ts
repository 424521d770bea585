// The page behind a shared link: one chat that reads a conversation and can do nothing else.
import { allTerms } from "../i18n/all-terms.ts";
import { ENGLISH, loadLanguage } from "../i18n/locale.ts";
import { wantedLocales } from "../i18n/wanted.ts";
import { ChatDockElement, define } from "../launcher/shell.ts";

// There is nothing to begin here, only to read.
const STYLE = ".header .icon-button{display:none}.header{padding-inline:20px}";

define("chat-dock", ChatDockElement);

async function read(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, credentials: "omit", referrerPolicy: "no-referrer" });
  // Revoked since the page was asked for: the page itself says so.
  if (response.status === 404) location.reload();
  return response;
}

async function show(): Promise<void> {
  const language = await loadLanguage(wantedLocales("auto")).catch(() => ENGLISH);
  const { sharedReadOnly, dir } = allTerms(language);
  Object.assign(document.documentElement, { lang: language.code, dir });
  document.title = sharedReadOnly;
  const chat = document.createElement("chat-dock") as ChatDockElement;
  chat.setOptions({
    api: { url: location.href.replace(/[?#].*$/, ""), fetch: read },
    initialThread: "shared",
    locale: "auto",
    theme: { colorScheme: "auto", stylesheet: STYLE },
    terms: { closed: sharedReadOnly },
    frameTitle: sharedReadOnly,
    history: { enabled: false },
    threadItemActions: { feedback: false, retry: false, edit: false },
  });
  const main = document.createElement("main");
  main.style.height = "100%";
  const heading = document.createElement("h1");
  heading.className = "unseen";
  heading.textContent = sharedReadOnly;
  main.append(heading, chat);
  document.body.append(main);
}

void show();
