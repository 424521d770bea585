import { useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";

/** Why there is no answer, in a sentence, and the way to try again. */
export function Failure() {
  const { chat, language } = useView();
  const terms = useTerms();
  const failure = chat.failure.value;
  if (!failure) return null;
  const said = {
    connection: terms.errorConnection,
    rate_limit: terms.errorRateLimit,
    server: terms.errorServer,
    load: terms.errorLoad,
  }[failure.kind];
  const text = language.value.explained?.(failure, terms) ?? failure.message ?? said;
  return (
    <div class="notice danger" part="error" role="alert">
      <Icon name="circle-alert" size={17} />
      <div class="grow" dir="auto">
        {text}
      </div>
      {failure.retry && (
        <button type="button" class="pill" onClick={failure.retry}>
          {terms.retry}
        </button>
      )}
    </div>
  );
}

/** The state of the line, while it is down. */
export function ConnectionBar() {
  const { chat, online } = useView();
  const terms = useTerms();
  const text = !online.value ? terms.offline : chat.connection.value === "reconnecting" ? terms.reconnecting : "";
  return (
    <div class={text ? "line" : "line up"} part="banner" role="status">
      {text}
    </div>
  );
}
