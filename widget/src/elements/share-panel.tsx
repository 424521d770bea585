// The links to a past conversation, in its row's place: one is made, copied, revoked.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { createShare, listShares, revokeShare, type Share } from "../core/shares.ts";
import type { Thread } from "../core/types.ts";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function SharePanel({ thread, back }: { thread: Thread; back(): void }) {
  const view = useView();
  const terms = useAllTerms();
  const { client } = view.chat;
  const [shares, setShares] = useState<readonly Share[]>([]);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [copied, setCopied] = useState("");
  const panel = useRef<HTMLDivElement>(null);
  const shown = useRef(true);
  useLayoutEffect(() => {
    panel.current?.focus();
    return () => {
      shown.current = false;
    };
  }, []);
  const work = async (task: () => Promise<void>, words?: string) => {
    setBusy(true);
    setFailed(false);
    try {
      await task();
      if (words) view.announce(words);
    } catch (error) {
      if (shown.current) setFailed(true);
      view.fail(error as Error);
    }
    if (shown.current) setBusy(false);
  };
  useEffect(() => {
    void work(async () => {
      const known = await listShares(client, thread.id);
      if (shown.current) setShares((before) => [...known.filter((each) => !before.some(({ id }) => id === each.id)), ...before]);
    });
  }, [client, thread.id]);
  const create = () =>
    work(async () => {
      const made = await createShare(client, thread.id);
      if (shown.current) setShares((before) => [...before, made]);
    });
  const revoke = (id: string) => {
    panel.current?.focus(); // Its button goes.
    return work(async () => {
      await revokeShare(client, id);
      if (shown.current) setShares((before) => before.filter((each) => each.id !== id));
    }, terms.linkRevoked);
  };
  const copy = async (share: Share, field: HTMLInputElement | null) => {
    try {
      await navigator.clipboard.writeText(share.url ?? "");
      setCopied(share.id);
      view.announce(terms.linkCopied);
    } catch {
      field?.select(); // Where the page may not write, the visitor still can.
    }
  };
  const day = new Intl.DateTimeFormat(view.language.value.code, { dateStyle: "medium", timeStyle: "short" });
  return (
    <div
      ref={panel}
      class="share"
      part="share"
      role="group"
      tabIndex={-1}
      aria-label={terms.shareTitle}
      aria-busy={busy}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        event.preventDefault();
        back();
      }}
    >
      <strong dir="auto">{thread.title ?? terms.untitled}</strong>
      <p>{terms.shareExplained}</p>
      {shares.length > 0 && (
        <ul>
          {shares.map((share) => (
            <li key={share.id}>
              <Link share={share} label={day.format(share.created_at * 1000)} />
              {share.url && (
                <button
                  type="button"
                  class="pill"
                  onClick={(event) => void copy(share, event.currentTarget.parentElement?.querySelector("input") ?? null)}
                >
                  <Icon name={copied === share.id ? "check" : "copy"} size={15} />
                  {copied === share.id ? terms.linkCopied : terms.copyLink}
                </button>
              )}
              <button type="button" class="pill" disabled={busy} onClick={() => void revoke(share.id)}>
                {terms.revokeLink}
              </button>
            </li>
          ))}
        </ul>
      )}
      {failed && <p role="alert">{terms.shareFailed}</p>}
      <div class="share-end">
        <button type="button" class="pill" onClick={back}>
          {terms.closePanel}
        </button>
        <button type="button" class="pill strong" disabled={busy} onClick={() => void create()}>
          {terms.createLink}
        </button>
      </div>
    </div>
  );
}

function Link({ share, label }: { share: Share; label: string }) {
  const terms = useAllTerms();
  if (!share.url) return <span class="share-link">{label}</span>;
  return (
    <input
      class="share-link"
      readOnly
      dir="ltr"
      aria-label={terms.share}
      value={share.url}
      onFocus={(event) => event.currentTarget.select()}
    />
  );
}
