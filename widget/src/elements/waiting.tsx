// Messages that wait behind the answer in the making: what was said, that it waits, and the way to take it back.
import { useEffect, useRef } from "preact/hooks";
import type { Waiting } from "../core/waiting.ts";
import { useHeading, useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";
import { UserMessage } from "./user-message.tsx";

export function WaitingMessages() {
  return useView().chat.waiting.value.map((each) => <WaitingMessage key={each.key} waiting={each} />);
}

function WaitingMessage({ waiting }: { waiting: Waiting }) {
  const view = useView();
  const terms = useAllTerms();
  const Heading = useHeading(1);
  const { state, message, retry } = waiting;
  const { line } = view.chat;
  const article = useRef<HTMLElement>(null);
  const failed = state === "failed";
  const said = failed ? terms.sendFailed : terms.queued;
  // Sent here just now: shown, and told. What waits since before, or comes from elsewhere, is not.
  useEffect(() => {
    if (state === "sending") article.current?.scrollIntoView({ block: "nearest" });
    if (state !== "waiting") view.announce(said);
  }, [failed]);
  const withdraw = () => {
    const text = message.content.every((part) => part.type === "input_text") && message.content.map((part) => part.text).join("");
    // Its button goes; the text is there to be changed, unless another has been begun.
    view.focusComposer();
    void line
      .peek()
      ?.withdraw(waiting)
      .then(() => {
        if (text && !message.attachments.length && view.composer.empty.peek()) view.composer.set(text);
      }, view.fail);
  };
  return (
    <article ref={article} class="turn user waiting" part="message user-message waiting-message" aria-label={terms.you}>
      <Heading class="sr">{terms.youSaid}</Heading>
      <UserMessage item={message} />
      <div class={failed ? "wait-line danger" : "wait-line"}>
        <Icon name={failed ? "circle-alert" : "clock"} size={14} />
        <span>{said}</span>
        {failed && (
          <button type="button" class="pill" onClick={retry}>
            {terms.sendAgain}
          </button>
        )}
        {state !== "sending" && (
          <button type="button" class="icon-button small" part="action" aria-label={terms.cancel} title={terms.cancel} onClick={withdraw}>
            <Icon name="x" size={15} />
          </button>
        )}
      </div>
    </article>
  );
}
