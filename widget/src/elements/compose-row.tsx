// What stands beside Send: files, tags, tools and dictation before it, the model next to it.
import { replace } from "../core/editing.ts";
import { AttachButton } from "./attachments.tsx";
import { useView } from "./context.ts";
import { Dictation, dictationEnabled } from "./dictation.tsx";
import { attachmentLimits } from "./limits.ts";
import { Menu } from "./menu.tsx";
import { Icon } from "./more-icon.tsx";
import { NamedIcon } from "./named-icon.tsx";
import { useAllTerms } from "./use-all-terms.ts";

export function ComposeRow({ locked, box }: { locked: boolean; box: { current: HTMLTextAreaElement | null } }) {
  const view = useView();
  const terms = useAllTerms();
  const { composer } = view;
  const { entities } = view.options.value;
  const { tools = [], models = [] } = view.options.value.composer ?? {};
  const limits = attachmentLimits(view);
  const chosen = tools.find((each) => each.id === composer.toolId.value);
  const model = models.find((each) => each.id === composer.modelId.value);
  const inMenu = tools.filter((each) => !each.pinned);
  const mention = () => {
    const { current } = box;
    if (!current) return;
    const at = current.selectionStart;
    const before = current.value.slice(0, at);
    replace(composer, at, current.selectionEnd, before && !/\s$/.test(before) ? " @" : "@");
    current.focus();
  };
  return (
    <>
      {limits && <AttachButton limits={limits} disabled={locked} />}
      {entities?.onTagSearch && entities.showComposerMenu && (
        <button type="button" class="icon-button" aria-label={terms.mention} title={terms.mention} disabled={locked} onClick={mention}>
          <Icon name="at-sign" />
        </button>
      )}
      {inMenu.length > 0 && (
        <Menu
          label={terms.tools}
          disabled={locked}
          choices={inMenu.map(({ id, label, icon }) => ({ id, label, icon, checked: id === composer.toolId.value }))}
          choose={(id) => view.setTool(id === composer.toolId.value ? null : id, "menu")}
        >
          <Icon name="sliders-horizontal" size={16} />
          <span class="wide">{terms.tools}</span>
        </Menu>
      )}
      {tools
        .filter((each) => each.pinned || each === chosen)
        .map((each) => (
          <button
            key={each.id}
            type="button"
            class="pill tool"
            disabled={locked}
            aria-pressed={each === chosen}
            title={each.label}
            onClick={() => view.setTool(each === chosen ? null : each.id, each.pinned ? "pinned" : "chip")}
          >
            {each.icon && <NamedIcon name={each.icon} size={15} />}
            <span dir="auto">{each.shortLabel ?? each.label}</span>
            {each === chosen && !each.pinned && <Icon name="x" size={13} />}
          </button>
        ))}
      <span class="grow" />
      {models.length > 0 && (
        <Menu
          label={terms.model}
          disabled={locked}
          value={model?.label}
          choices={models.map(({ id, label, description, disabled }) => ({
            id,
            label,
            description,
            disabled,
            checked: id === composer.modelId.value,
          }))}
          choose={(id) => {
            composer.modelId.value = id;
          }}
        >
          <span class="menu-value" dir="auto">
            {model?.label ?? terms.model}
          </span>
        </Menu>
      )}
      {dictationEnabled(view) && <Dictation disabled={locked} />}
    </>
  );
}
