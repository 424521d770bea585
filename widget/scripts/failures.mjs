// What the end of a test run says about each test that failed: a machine far away may show no more than the end.
import { readdir, readFile } from "node:fs/promises";

const MAX_ERROR_LINES = 14;
const MAX_SEEN_LINES = 30;

/** `events` are node:test's `test:fail`; `folder` is where test/browser.ts leaves what a failing test saw. Empty where nothing failed. */
export async function summary(events, folder) {
  // A file and a suite fail with what is in them, which has its own event.
  const failed = events.filter(({ details }) => details.error.failureType !== "subtestsFailed");
  if (!failed.length) return "";
  const kept = await sightings(folder);
  const parts = failed.map((event) => {
    const { name, details } = event;
    const error = details.error.cause ?? details.error;
    const lines = String(error.stack ?? error).split("\n");
    const sighting = kept.find((each) => each.name === name);
    return [
      `FAILED ${sourceOf(event)}: ${name}`,
      ...clipped(
        lines.filter((line) => line.trim() && !/^\s+at .*(node:|node_modules)/.test(line)),
        MAX_ERROR_LINES,
      ),
      ...(sighting?.faults.length ? ["errors in the page:", ...sighting.faults] : []),
      ...(sighting?.seen.flatMap((tree) => ["on the page:", ...clipped(tree.split("\n"), MAX_SEEN_LINES)]) ?? []),
      ...(sighting?.pictures.map((path) => `picture: ${path}`) ?? []),
    ]
      .map((line, n) => (n ? `  ${line}` : line))
      .join("\n");
  });
  return `\n=== ${failed.length} failed\n${parts.join("\n\n")}\n`;
}

/** The test file that an event is about: tests are begun in test/browser.ts, so node names that, and the error's stack knows better. */
export function sourceOf({ file, name, details }) {
  const error = details.error.cause ?? details.error;
  const known = [error?.stack, name, file].map((text) => /([\w.-]+\.test)\.(tsx?|mjs)/.exec(String(text ?? "")));
  const found = known.find(Boolean);
  return found ? `${found[1]}.${found[2] === "mjs" ? "ts" : found[2]}` : "a file";
}

function clipped(lines, most) {
  return lines.length > most ? [...lines.slice(0, most - 1), `... ${lines.length - most + 1} more lines`] : lines;
}

async function sightings(folder) {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.filter((name) => name.endsWith(".json")).map(async (name) => JSON.parse(await readFile(`${folder}/${name}`, "utf8"))),
  );
}
