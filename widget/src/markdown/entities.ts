// Named character references, without an HTML parser (pages with Trusted Types forbid theirs) and without the full list of 2,231. The
// names that answers are made of are here; the first other one brings a longer list, and the texts that wanted it are shown again. A name
// that is not there either stays as it was typed.

const COMMON =
  "amp & lt < gt > quot \" apos ' nbsp \u00A0 copy © reg ® deg ° middot · times × hellip … ndash – mdash — rarr → euro €".split(" ");

let names = new Map(COMMON.flatMap((name, index) => (index % 2 ? [] : [[name, COMMON[index + 1] as string] as const])));
let wanted = 0;
let loading: Promise<boolean> | undefined;
let loaded = false;

/** The character `&name;` stands for, or the reference unchanged. */
export function namedCharacter(reference: string): string {
  const found = names.get(reference.slice(1, -1));
  if (found === undefined && !loaded) wanted++;
  return found ?? reference;
}

/** How many names have been asked for that only the longer list may have. It stands still once that is here. */
export function namesWanted(): number {
  return wanted;
}

/** Brings the longer list; false if it could not be had. */
export function loadNames(): Promise<boolean> {
  loading ??= import("./entity-names.ts").then(
    ({ allNames }) => {
      names = new Map([...names, ...allNames()]);
      loaded = true;
      return true;
    },
    () => {
      // The next answer may find the network again.
      loading = undefined;
      return false;
    },
  );
  return loading;
}
