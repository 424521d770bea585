// What is chosen among few: Checkbox, RadioGroup. Both are native controls.
import { type ComponentProps, text } from "./context.ts";
import { useChange } from "./fields.tsx";
import { optionsOf } from "./search-select.tsx";

export function Checkbox({ node }: ComponentProps) {
  const change = useChange(node);
  const name = text(node.name) ?? "";
  return (
    <label class="w-check">
      <input
        type="checkbox"
        name={name}
        defaultChecked={node.defaultChecked === true}
        disabled={node.disabled === true}
        required={node.required === true}
        onChange={(event) => change(event.currentTarget, event.currentTarget.checked)}
      />
      <span dir="auto">{text(node.label)}</span>
    </label>
  );
}

export function RadioGroup({ node }: ComponentProps) {
  const change = useChange(node);
  const name = text(node.name) ?? "";
  return (
    <div class={node.direction === "col" ? "w-radios col" : "w-radios"} role="radiogroup" aria-label={text(node.ariaLabel) ?? name}>
      {optionsOf(node.options).map((each) => (
        <label key={each.value} class="w-check">
          <input
            type="radio"
            name={name}
            value={each.value}
            defaultChecked={each.value === node.defaultValue}
            disabled={node.disabled === true || each.disabled === true}
            required={node.required === true}
            onChange={(event) => change(event.currentTarget, each.value)}
          />
          <span dir="auto">{each.label}</span>
        </label>
      ))}
    </div>
  );
}
