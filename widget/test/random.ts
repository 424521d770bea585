// Numbers that look random and are the same in every run.

export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A text cut into pieces of one to `longest` characters. */
export function* pieces(text: string, longest: number, below: (n: number) => number): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const length = 1 + below(longest);
    yield text.slice(at, at + length);
    at += length;
  }
}
