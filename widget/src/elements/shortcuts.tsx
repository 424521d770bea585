// What can be done by key, as a list: opened by "?" in the conversation, or from its menu in the header.
import { render } from "preact";
import { allTerms } from "../i18n/all-terms.ts";
import type { Terms } from "../i18n/terms.ts";
import { topLevel, type View } from "./context.ts";
import { historyEnabled } from "./header.tsx";
import css from "./shortcuts.css";

type Shortcut = [what: string, ...keys: string[]];

/** In a native dialog: what is behind it is inert, and the focus goes back to where it was. */
export function showShortcuts(root: ShadowRoot, view: View): void {
  const frame = root.querySelector(".frame");
  if (!frame || root.querySelector(".shortcuts")) return;
  view.adopt(css);
  const place = document.createElement("div");
  frame.append(place);
  const gone = () => {
    render(null, place);
    place.remove();
  };
  const terms = allTerms(view.language.value);
  render(<Shortcuts view={view} terms={terms} editable={Boolean(root.querySelector("[data-edit]"))} gone={gone} />, place);
  place.querySelector("dialog")?.showModal();
}

function Shortcuts({ view, terms, editable, gone }: { view: View; terms: Terms; editable: boolean; gone(): void }) {
  const { commands, entities } = view.options.value;
  // Where Alt is called Option, its sign is on the key.
  const alt = /Mac|iP/.test(navigator.platform) ? "⌥" : "Alt";
  const groups: [string, (Shortcut | false | undefined)[]][] = [
    [
      terms.message,
      [
        [terms.send, "Enter"],
        [terms.newLine, "Shift", "Enter"],
        editable && [terms.editMessage, "↑"],
        [terms.stop, "Esc"],
        commands?.enabled && [terms.commands, "/"],
        entities?.onTagSearch && [terms.mention, "@"],
      ],
    ],
    [
      terms.conversation,
      [[terms.betweenMessages, alt, "↑", "↓"], [terms.placeholder, "/"], [terms.shortcuts, "?"], view.close && [terms.close, "Esc"]],
    ],
    [terms.history, [historyEnabled(view) && [terms.closeHistory, "Esc"]]],
  ];
  const level = topLevel(view);
  const [Title, Group] = [`h${level}`, `h${level + 1}`] as ["h2", "h3"];
  return (
    <dialog
      class="shortcuts"
      part="dialog"
      aria-label={terms.shortcuts}
      onClose={gone}
      onClick={(event) => {
        // A press beside it, or on its button.
        if (event.target === event.currentTarget || (event.target as Element).closest("button")) event.currentTarget.close();
      }}
      // The dialog's own Escape is enough; the launcher around it must not close too.
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      {/* Read from its beginning: the button that takes the focus otherwise is at the end. */}
      <div class="shortcuts-body" tabIndex={-1}>
        <Title>{terms.shortcuts}</Title>
        {groups.map(([name, all]) => {
          const shortcuts = all.filter((each): each is Shortcut => Array.isArray(each));
          return (
            shortcuts.length > 0 && (
              <section key={name} aria-label={name}>
                <Group>{name}</Group>
                <dl>
                  {shortcuts.map(([what, ...keys]) => (
                    <div key={what}>
                      <dt>{what}</dt>
                      <dd dir="ltr">
                        {keys.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            )
          );
        })}
        <div class="shortcuts-end">
          <button type="button" class="pill">
            {terms.closePanel}
          </button>
        </div>
      </div>
    </dialog>
  );
}
