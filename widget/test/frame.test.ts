// When what has come is shown: before the next paint, and less often where showing it is dear. The clock, the frames and the tasks are the
// test's own.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

let now = 0;
let frames: (() => void)[] = [];
const tasks: (() => void)[] = [];
const FRAME_MS = 10;

/** One frame: its callbacks, what the page does with what they changed, and the tasks behind it. */
function frame(costMs = 0): void {
  const due = frames;
  frames = [];
  for (const each of due) each();
  now += costMs;
  mock.timers.tick(costMs);
  for (const each of tasks.splice(0)) each();
  const rest = FRAME_MS - (now % FRAME_MS);
  now += rest;
  mock.timers.tick(rest);
}

test("what is cheap to show is shown in each frame, what is dear in one of some, and nothing waits longer than a fifth of a second, nor for a page that is hidden", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => now);
  Object.assign(globalThis, {
    requestAnimationFrame: (callback: () => void) => frames.push(callback),
    cancelAnimationFrame: () => undefined,
    MessageChannel: class {
      port1 = { onmessage: () => undefined };
      port2 = { postMessage: () => tasks.push(() => this.port1.onmessage()) };
    },
  });
  const { onNextFrame } = await import("../src/elements/frame.ts");

  /** The frames in which something was shown, of so many, where each time costs that much. */
  const shown = (count: number, costMs: number): number => {
    let commits = 0;
    let ran = true;
    for (let n = 0; n < count; n++) {
      if (ran) {
        ran = false;
        onNextFrame(() => {
          commits++;
          ran = true;
        });
      }
      const before = commits;
      const due = frames.length > 0;
      frame(due ? costMs : 0);
      assert.ok(commits - before <= 1);
    }
    return commits;
  };
  assert.equal(shown(100, 1), 100);
  const dear = shown(100, 9);
  assert.ok(dear > 30 && dear < 60, `${dear} of 100`);
  const frozen = shown(100, 150);
  assert.ok(frozen > 15, `${frozen} of 100`);

  // A page that is hidden paints nothing: two that wait there, one of them asked for by the other.
  const late: string[] = [];
  onNextFrame(() => {
    late.push("first");
    onNextFrame(() => late.push("second"));
  });
  for (let ms = 0; ms < 1_200; ms += FRAME_MS) {
    now += FRAME_MS;
    mock.timers.tick(FRAME_MS);
  }
  assert.deepEqual(late, ["first", "second"]);
  mock.timers.reset();
});
