// The demo page's own furniture: look, workflow, hints and the copy button. The chat itself is embedded by the inline script after it.
"use strict";

const page = document.documentElement;
const shownScheme = () => page.dataset.shown;

/** What a customer's page does: ask its own server for a secret. */
async function getClientSecret() {
  const reply = await fetch(`/demo/session?workflow=${encodeURIComponent(page.dataset.workflow)}`, { method: "POST" });
  if (!reply.ok) throw new Error(`The demo's session route answered ${reply.status}.`);
  return (await reply.json()).client_secret;
}

/** What the assistant may do to this page. */
const clientTools = {
  switch_theme({ theme }) {
    setScheme(theme === "dark" ? "dark" : "light");
    return { theme: shownScheme() };
  },
  get_cart: ({ items = 0 }) => ({ items, total: `\u20ac${28 * items}` }),
};

function setScheme(scheme) {
  document.getElementById("scheme").value = scheme;
  page.dataset.scheme = scheme;
  const here = new URL(location.href);
  here.searchParams.set("scheme", scheme);
  history.replaceState(null, "", here);
  for (const link of document.querySelectorAll(".bar nav a")) link.search = here.search;
}

/** The options that every way of embedding on this page shares. */
const options = () => ({
  api: { getClientSecret },
  theme: {
    colorScheme: shownScheme(),
    color: { accent: { primary: shownScheme() === "dark" ? "#8cc4a7" : "#23513f", level: 1 } },
  },
  composer: { placeholder: "Message Harbor & Pine" },
  threadItemActions: { feedback: true, retry: true },
  thread: { autoScroll: true },
  onClientTool: ({ name, params }) => clientTools[name]?.(params) ?? { answered_by: "the demo page", name, params },
});

function announce(button, text) {
  const before = button.dataset.label ?? button.textContent;
  button.dataset.label = before;
  button.textContent = text;
  setTimeout(() => (button.textContent = before), 1600);
}

async function copySnippet({ currentTarget }) {
  const code = document.getElementById(currentTarget.dataset.copy);
  try {
    await navigator.clipboard.writeText(code.textContent);
    announce(currentTarget, "Copied");
  } catch {
    getSelection().selectAllChildren(code);
    announce(currentTarget, "Selected");
  }
}

async function suggest(chat, text) {
  await chat.setComposerValue({ text });
  await chat.focusComposer();
}

/** Runs after the inline script has embedded the chat; `open` brings it into view. */
function furnish(chat, open) {
  new MutationObserver(() => chat.setOptions(options())).observe(page, { attributeFilter: ["data-shown"] });
  document.getElementById("scheme").addEventListener("change", ({ currentTarget }) => setScheme(currentTarget.value));
  document.getElementById("workflow").addEventListener("change", ({ currentTarget }) => currentTarget.form.requestSubmit());
  for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", copySnippet);
  for (const button of document.querySelectorAll("[data-open-chat]")) button.addEventListener("click", open);
  for (const button of document.querySelectorAll("[data-say]")) {
    button.addEventListener("click", () => {
      open();
      suggest(chat, button.dataset.say);
    });
  }
}
