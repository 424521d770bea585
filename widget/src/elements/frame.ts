// Runs a callback before the next paint, or soon when the page is hidden and does not paint: an answer must not wait to be looked at.

const HIDDEN_MS = 250;

export function onNextFrame(callback: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    callback();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, HIDDEN_MS);
}
