// Changes to sources that are not ours to edit, or not for every build: each names the text it is about and fails the build where an upgrade
// has moved it.

/** Every `from` becomes `to`. */
export function cut(source, from, to, file) {
  if (!source.includes(from)) throw new Error(`${file}: expected to find ${JSON.stringify(from)}; review this cut`);
  return source.replaceAll(from, to);
}

/** Takes out everything from `start` up to, but not including, `end`. */
export function cutOut(source, start, end, file) {
  const from = source.indexOf(start);
  const to = source.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file}: expected to find ${JSON.stringify(start)}; review this cut`);
  return source.slice(0, from) + source.slice(to);
}
