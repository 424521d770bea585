// When the page is drawn. An answer must neither wait to be looked at nor take the page from its reader: what is shown goes before the next
// paint, and where showing it is dear, the page has itself for a while before the next.

/** A page that is hidden shows what has come after once to twice that time. */
const HIDDEN_MS = 125;
/** Of the time from one commit to the next, one part in so many may go into showing it. */
const SHARE = 3;
const MAX_REST_MS = 200;
/** What showing costs is measured once in so many times. */
const MEASURED_EACH = 4;

const soon: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => soon.shift()?.();

/** Runs a callback in a task of its own, at once: a timer that sets the next one has it wait. */
function inOwnTask(callback: () => void): void {
  soon.push(callback);
  port2.postMessage(0);
}

let restsUntil = 0;
let costMs = 0;
let shown = 0;

/** What has not run yet, and since when it waits. One timer looks after all of them: one each would be set and cleared with every frame. */
const due = new Map<() => void, number>();
let watched = false;

function watch(): void {
  watched = due.size > 0;
  if (!watched) return;
  setTimeout(() => {
    const before = performance.now() - HIDDEN_MS;
    for (const [run, since] of due) if (since <= before) run();
    watch();
  }, HIDDEN_MS);
}

/** Runs a callback before the next paint, or soon when the page is hidden and does not paint. */
export function onNextFrame(callback: () => void): void {
  let frame = 0;
  const once = (painting?: number) => {
    due.delete(once);
    if (!painting) {
      clearTimeout(rested);
      cancelAnimationFrame(frame);
    }
    const start = performance.now();
    const rest = () => {
      restsUntil = start + Math.min(costMs * SHARE, MAX_REST_MS);
    };
    callback();
    // Behind the styles, the layout and the paint that it made necessary.
    if (shown++ % MEASURED_EACH === 0)
      inOwnTask(() => {
        costMs = performance.now() - start;
        rest();
      });
    else rest();
  };
  const ask = () => {
    frame = requestAnimationFrame(once);
  };
  // Half a frame less: the next begins by then.
  const now = performance.now();
  const rest = Math.max(0, restsUntil - now - 8);
  const rested = rest ? setTimeout(ask, rest) : undefined;
  due.set(once, now + rest);
  if (!watched) watch();
  if (!rested) ask();
}
