// Brings one message of the open thread into view, wherever in it that is.
import type { Chat } from "../core/store.ts";
import { toTurns } from "../core/turns.ts";

// Beyond these a reader scrolls: a thousand messages are not loaded for one.
const PAGES = 8;
// A long thread is drawn from its end, in slices.
const FRAMES = 240;

/** Whether it was found; then it has the focus. */
export async function reveal(chat: Chat, root: ShadowRoot, itemId: string): Promise<boolean> {
  const thread = chat.thread.peek()?.id;
  const there = () => chat.items.peek().some((item) => item.id === itemId);
  for (let page = 0; page < PAGES && !there() && chat.hasOlder.peek(); page++) await chat.loadOlder();
  for (let frame = 0; frame < FRAMES && there() && chat.thread.peek()?.id === thread; frame++) {
    const turns = toTurns(chat.items.peek(), (item) => item.id);
    const drawn = root.querySelectorAll<HTMLElement>(".thread-frame .turn");
    const el = drawn[drawn.length - turns.length + turns.findIndex((turn) => turn.items.some((item) => item.id === itemId))];
    if (el?.getClientRects().length) {
      // The transcript goes along with its end until its reader scrolls away, which this is.
      root.querySelector(".scroller")?.dispatchEvent(new WheelEvent("wheel", { deltaY: -1 }));
      el.tabIndex = -1;
      el.classList.add("revealed");
      el.scrollIntoView({ block: "center" });
      el.focus({ preventScroll: true });
      return true;
    }
    await new Promise(requestAnimationFrame);
  }
  return false;
}
