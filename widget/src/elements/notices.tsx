import type { Failure as FailureData } from "../core/failure.ts";
import type { Language } from "../i18n/locale.ts";
import { useTerms, useView } from "./context.ts";
import { Icon } from "./icon.tsx";

/**
 * What the service says in English, in another language: each code has its term, "model_timeout" is `errorTimeout`. What a workflow of the
 * operator's tells its users comes under a code without one, and stays as it is.
 */
function explained({ kind, code }: FailureData, { code: locale, terms }: Language): string | undefined {
  if (!code || /^en\b/.test(locale)) return undefined;
  if (kind === "rate_limit") return terms.errorRateLimit;
  if (kind === "load") return terms.errorLoad;
  const name = (code === "run_expired" ? "timeout" : code.replace(/^model_/, "")).replace(/(?:^|_)(\w)/g, (_, c: string) =>
    c.toUpperCase(),
  );
  return (terms as unknown as Record<string, string | undefined>)[`error${name}`];
}

/** Why there is no answer, in a sentence, and the way to try again. */
export function Failure() {
  const { chat, language } = useView();
  const terms = useTerms();
  const failure = chat.failure.value;
  if (!failure) return null;
  const { connection, rate_limit, server, load } = {
    connection: terms.errorConnection,
    rate_limit: terms.errorRateLimit,
    server: terms.errorServer,
    load: terms.errorLoad,
  };
  const text = explained(failure, language.value) ?? failure.message ?? { connection, rate_limit, server, load }[failure.kind];
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
