// When the page is drawn. An answer must neither wait to be looked at nor take the page from its reader: what is shown goes before the next
// paint, and where showing it is dear, the page has itself for a while before the next.

const HIDDEN_MS = 250;
/** Of the time from one commit to the next, one part in so many may go into showing it. */
const SHARE = 3;
const MAX_REST_MS = 200;
/** What showing costs is measured once in so many times. */
const MEASURED_EACH = 4;

let shown = 0;
let began = 0;
let costMs = 0;
let restsUntil = 0;

const rest = () => {
  restsUntil = began + Math.min(costMs * SHARE, MAX_REST_MS);
};

const tasks: (() => void)[] = [];
const { port1, port2 } = new MessageChannel();
port1.onmessage = () => (tasks.shift() as () => void)();

/** Runs a task of its own, at once: a timer that sets the next one has it wait. */
export function soon(task: () => void): void {
  tasks.push(task);
  port2.postMessage(0);
}

const measure = () => {
  costMs = performance.now() - began;
  rest();
};

/** Runs a callback before the next paint, or soon when the page is hidden and does not paint. */
export function onNextFrame(callback: () => void): void {
  let frame = 0;
  const once = () => {
    clearTimeout(rested);
    clearTimeout(hidden);
    cancelAnimationFrame(frame);
    began = performance.now();
    callback();
    // Measured behind the styles, the layout and the paint that it made necessary.
    if (shown++ % MEASURED_EACH) rest();
    else soon(measure);
  };
  const hidden = setTimeout(once, HIDDEN_MS);
  const ask = () => {
    frame = requestAnimationFrame(once);
  };
  // Half a frame less: the next begins by then.
  const left = restsUntil - performance.now() - 8;
  const rested = left > 0 ? setTimeout(ask, left) : undefined;
  if (!rested) ask();
}
