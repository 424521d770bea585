// The answers that are streamed: one like a real one, and four that are one enormous block each. The same in every run.
import { pieces, random } from "../test/random.ts";

export const DELTAS = 20_000;

const WORDS =
  "the answer depends on how often the table is read and **which rows** change so keep an index `orders_by_day` close to the query and see [the guide](https://docs.example/guide) before you change *anything* else 设计得当 works well 🚀 in most cases".split(
    " ",
  );

function sentence(below: (n: number) => number, words: number): string {
  return Array.from({ length: words }, () => WORDS[below(WORDS.length)]).join(" ");
}

function mixed(below: (n: number) => number): string {
  let text = "";
  for (let section = 1; text.length < 73_000; section++) {
    text += `## Part ${section}\n\n${sentence(below, 45)}.\n\n${sentence(below, 30)}.\n\n`;
    text += `${Array.from({ length: 5 }, () => `- ${sentence(below, 9)}`).join("\n")}\n\n`;
    if (section % 2) text += `\`\`\`ts\n${"export const total = rows.reduce((sum, row) => sum + row.amount, 0);\n".repeat(9)}\`\`\`\n\n`;
    else text += `| name | value | note |\n|---|--:|---|\n${`| ${sentence(below, 2)} | 42 | ${sentence(below, 4)} |\n`.repeat(7)}\n`;
    if (section % 3 === 0) text += `> ${sentence(below, 20)}\n\n`;
  }
  return text;
}

const below = random(1);
export const TEXTS: Record<string, string> = {
  mixed: mixed(below),
  "one code block": `\`\`\`ts\n${"const answer = rows.filter((row) => row.day > today);\n".repeat(1_360)}\`\`\`\n`,
  "one list": Array.from({ length: 1_362 }, () => `- ${sentence(below, 8)}`).join("\n"),
  "one paragraph": sentence(below, 9_800),
  "one table": `| a | b | c | d | e |\n|---|---|---|---|---|\n${Array.from({ length: 834 }, () => `| ${Array.from({ length: 5 }, () => sentence(below, 2)).join(" | ")} |`).join("\n")}`,
};

/** A text in that many deltas, most of them a few characters long. */
export function deltasOf(text: string): string[] {
  const longest = Math.round((2 * text.length) / DELTAS);
  return [...pieces(text, Math.max(1, longest - 1), random(2))];
}
