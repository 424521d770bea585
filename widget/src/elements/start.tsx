import { toInput } from "../core/composer.ts";
import type { StartPrompt } from "../core/options.ts";
import { useHeading, useTerms, useView } from "./context.ts";
import { NamedIcon } from "./named-icon.tsx";

/** Before the first message: a greeting, and a few ways to begin. */
export function StartScreen() {
  const view = useView();
  const terms = useTerms();
  const Heading = useHeading(0);
  const { startScreen } = view.options.value;
  const config = view.config.value;
  const greeting = startScreen?.greeting ?? config.greeting ?? terms.greeting;
  const prompts: StartPrompt[] = startScreen?.prompts ?? config.prompts ?? [];
  const choose = (prompt: StartPrompt) => {
    view.log("startScreenPrompt.select", { label: prompt.label });
    const content = typeof prompt.prompt === "string" ? [{ type: "input_text" as const, text: prompt.prompt }] : prompt.prompt;
    void view.chat.send(toInput({ content, toolId: view.composer.toolId.value, modelId: view.composer.modelId.value }));
    view.focusComposer();
  };
  return (
    <div class="start" part="start">
      <slot name="start" />
      <Heading class="greeting" part="greeting" dir="auto">
        {greeting}
      </Heading>
      {prompts.length > 0 && (
        <ul class="prompts" aria-label={terms.suggestions}>
          {prompts.map((prompt) => (
            <li key={prompt.label}>
              <button type="button" class="prompt" part="prompt" onClick={() => choose(prompt)}>
                {prompt.icon && <NamedIcon name={prompt.icon} size={17} />}
                <span dir="auto">{prompt.label}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
