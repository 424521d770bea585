// What is asked before a link is followed that takes much text to another site: where it leads to, as the network will see it.
import { useLayoutEffect, useRef } from "preact/hooks";
import { fill } from "../i18n/locale.ts";
import { useHeading, useView } from "./context.ts";
import { useAllTerms } from "./use-all-terms.ts";

export function Leave({ href }: { href: string }) {
  const view = useView();
  const terms = useAllTerms();
  const Heading = useHeading(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
    cancel.current?.focus();
  }, []);
  const url = new URL(href);
  // A name in another script is shown in the letters it is looked up by: what looks like a known site may be none.
  const question = fill(terms.openLinkTo, { host: url.host || url.pathname });
  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class="asking leave"
      part="dialog"
      aria-label={question}
      onClose={() => {
        view.enlarged.value = null;
      }}
      onClick={(event) => event.target === dialog.current && close()}
      // The dialog's own Escape is enough; the launcher around it must not close too.
      onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}
    >
      <Heading>{question}</Heading>
      <textarea class="address" dir="ltr" readOnly rows={4} aria-label={terms.openLink} value={url.href} />
      <div class="share-end">
        <button ref={cancel} type="button" class="pill" onClick={close}>
          {terms.cancel}
        </button>
        <a
          class="pill strong"
          href={href}
          data-tells=""
          target="_blank"
          rel="noopener noreferrer nofollow"
          referrerpolicy="no-referrer"
          onClick={close}
        >
          {terms.openLink}
        </a>
      </div>
    </dialog>
  );
}
