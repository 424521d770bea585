import { Prose } from "./assistant-message.tsx";
import { useView } from "./context.ts";
import { Icon } from "./more-icon.tsx";

/** What the server wants noticed during a turn. */
export function Notices() {
  const { chat } = useView();
  return (
    <>
      {chat.notices.value.map((notice, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: notices only ever grow at the end
        <div key={index} class={`notice ${notice.level}`} part="banner" role="status">
          <Icon name={notice.level === "info" ? "info" : "triangle-alert"} size={17} />
          <div>
            {notice.title && (
              <strong class="notice-title" dir="auto">
                {notice.title}
              </strong>
            )}
            <Prose text={notice.message} live={false} />
          </div>
        </div>
      ))}
    </>
  );
}
