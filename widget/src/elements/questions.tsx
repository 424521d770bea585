// A structured input in the composer's place: one question at a time, each of which may be skipped.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { answer as send } from "../core/deeds.ts";
import type { Answer, Question, StructuredInput } from "../core/types.ts";
import { number } from "../i18n/counted.ts";
import { fill } from "../i18n/locale.ts";
import { useView } from "./context.ts";
import { useAllTerms } from "./use-all-terms.ts";

export function Questions({ item }: { item: StructuredInput }) {
  const { chat, language } = useView();
  const local = (value: number) => number(value, language.value.code);
  const terms = useAllTerms();
  const [at, setAt] = useState(0);
  const [answers, setAnswers] = useState<Record<string, Answer>>({});
  const frame = useRef<HTMLFormElement>(null);
  // Before the next key, which is the question's already.
  useLayoutEffect(() => frame.current?.querySelector<HTMLElement>("input,textarea")?.focus({ preventScroll: true }), [at]);
  const question = item.inputs[at];
  if (!question) return null;
  const last = at === item.inputs.length - 1;
  const answer = answers[question.id] ?? { values: [], skipped: false };
  const answered = answer.values.some((each) => each.trim() !== "");
  const go = (next: Answer) => {
    const all = { ...answers, [question.id]: next };
    setAnswers(all);
    if (!last) setAt(at + 1);
    else send(chat, item.id, Object.values(all).every((each) => each.skipped) ? "skipped" : "answered", all);
  };
  const skip = () => go({ values: [], skipped: true });
  return (
    <form
      ref={frame}
      class="composer questions"
      part="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (answered) go({ values: answer.values.map((each) => each.trim()).filter(Boolean), skipped: false });
      }}
    >
      <fieldset>
        <legend>
          {item.inputs.length > 1 && <small>{fill(terms.question, { n: local(at + 1), count: local(item.inputs.length) })}</small>}
          <span dir="auto">{question.question}</span>
        </legend>
        <Fields
          key={question.id}
          question={question}
          values={answer.values}
          set={(values) => setAnswers({ ...answers, [question.id]: { values, skipped: false } })}
        />
      </fieldset>
      <div class="composer-row">
        {at > 0 && (
          <button type="button" class="pill" onClick={() => setAt(at - 1)}>
            {terms.back}
          </button>
        )}
        <span class="grow" />
        <button type="button" class="pill" onClick={skip}>
          {terms.skip}
        </button>
        <button type="submit" class="pill primary" disabled={!answered}>
          {last ? terms.submit : terms.next}
        </button>
      </div>
    </form>
  );
}

function Fields({ question, values, set }: { question: Question; values: string[]; set(values: string[]): void }) {
  const terms = useAllTerms();
  if (question.type === "freeform")
    return (
      <>
        {question.description && (
          <p class="hint" id="question-hint" dir="auto">
            {question.description}
          </p>
        )}
        <textarea
          class="input framed"
          rows={2}
          dir="auto"
          aria-label={terms.yourAnswer}
          aria-describedby={question.description ? "question-hint" : undefined}
          value={values[0] ?? ""}
          onInput={(event) => set([event.currentTarget.value])}
        />
      </>
    );
  const known = new Set(question.options.map((each) => each.value));
  const other = values.find((each) => !known.has(each)) ?? "";
  const chosen = values.filter((each) => known.has(each));
  return (
    <>
      {question.options.map(({ value }) => (
        <label key={value} class="choice">
          <input
            type={question.multiple ? "checkbox" : "radio"}
            name={question.id}
            checked={chosen.includes(value)}
            onChange={(event) => {
              if (!question.multiple) set([value]);
              else
                set([
                  ...chosen.filter((each) => each !== value),
                  ...(event.currentTarget.checked ? [value] : []),
                  ...(other ? [other] : []),
                ]);
            }}
          />
          <span dir="auto">{value}</span>
        </label>
      ))}
      <input
        class="input framed"
        type="text"
        dir="auto"
        placeholder={terms.otherAnswer}
        aria-label={terms.otherAnswer}
        value={other}
        onInput={(event) => {
          const text = event.currentTarget.value;
          set([...(question.multiple ? chosen : []), ...(text ? [text] : question.multiple ? [] : chosen)]);
        }}
      />
    </>
  );
}
