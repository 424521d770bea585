// When the page is drawn. An answer must neither wait to be looked at nor take the page from its reader: what is shown goes before the next
// paint, and where showing it is dear, the page has itself for a while before the next.

const HIDDEN_MS = 250;
/** Of the time from one commit to the next, one part in so many may go into showing it. */
const SHARE = 3;
const MAX_REST_MS = 200;

const soon: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => soon.shift()?.();

/** Runs a callback in a task of its own, at once: a timer that sets the next one has it wait. */
function inOwnTask(callback: () => void): void {
  soon.push(callback);
  port2.postMessage(0);
}

let restsUntil = 0;

/** Runs a callback before the next paint, or soon when the page is hidden and does not paint. */
export function onNextFrame(callback: () => void): void {
  let frame = 0;
  const once = () => {
    clearTimeout(rested);
    clearTimeout(hidden);
    cancelAnimationFrame(frame);
    const start = performance.now();
    callback();
    // Behind the styles, the layout and the paint that it made necessary.
    inOwnTask(() => {
      restsUntil = start + Math.min((performance.now() - start) * SHARE, MAX_REST_MS);
    });
  };
  const hidden = setTimeout(once, HIDDEN_MS);
  const ask = () => {
    frame = requestAnimationFrame(once);
  };
  // Half a frame less: the next begins by then.
  const rest = restsUntil - performance.now() - 8;
  const rested = rest > 0 ? setTimeout(ask, rest) : undefined;
  if (!rested) ask();
}
