import type { StructuredInput } from "../core/types.ts";
import { useAllTerms } from "./use-all-terms.ts";

/** A form once it has been answered: its questions with what was said. */
export function Answers({ item }: { item: StructuredInput }) {
  const terms = useAllTerms();
  return (
    <dl class="answers" part="answers">
      {item.inputs.map((question) => {
        const skipped = item.status === "skipped" || !question.answer || question.answer.skipped;
        return (
          <div key={question.id}>
            <dt dir="auto">{question.question}</dt>
            <dd dir="auto" class={skipped ? "skipped" : ""}>
              {skipped ? terms.skipped : question.answer?.values.join(", ")}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
