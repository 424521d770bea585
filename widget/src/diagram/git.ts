// Mermaid's git graph: commits on branches, one after the other, read into lanes.
import { atMost, labelOf, refuse } from "./graph.ts";
import { setting } from "./source.ts";

export type CommitType = "NORMAL" | "REVERSE" | "HIGHLIGHT" | "MERGE" | "PICK";
/** `parents` are places in the list of commits; the second is what was merged. `label` is empty where none was given. */
export type Commit = { label: string; branch: string; type: CommitType; tags: string[]; parents: number[]; picked: string };
export type History = { direction: "LR" | "TB" | "BT"; branches: string[]; commits: Commit[]; title: string };

const NAME = String.raw`("[^"]*"|'[^']*'|[^\s"':]+)`;
const COMMAND = new RegExp(String.raw`^(branch|checkout|switch|merge)[ \t]*${NAME}(.*)$`);
const ATTRIBUTE = /^[ \t]*(?:(id|tag|type|msg|parent|order)[ \t]*:[ \t]*)?("[^"]*"|'[^']*'|[\w./-]+)/;
const MAX_COMMITS = 150;
const MAX_BRANCHES = 24;
const MAX_TAGS = 6;

/** `config` is where the main branch may be given another name and place. */
export function readGit(head: string, lines: readonly string[], config: string): History {
  const main = setting(config, "mainBranchName") || "main";
  const history: History = { direction: "LR", branches: [], commits: [], title: "" };
  const heads = new Map<string, number | undefined>([[main, undefined]]);
  const orders = new Map<string, number>([[main, Number(setting(config, "mainBranchOrder")) || 0]]);
  const { commits } = history;
  let current = main;
  const [, direction = "LR"] = /^gitGraph[ \t]*:?[ \t]*(?:(LR|TB|BT)[ \t]*:?)?[ \t]*$/.exec(head) ?? refuse(head);
  history.direction = direction as "LR";
  const known = (name: string) => (heads.has(name) ? name : refuse(name));
  const add = (commit: Omit<Commit, "branch" | "parents">, ...parents: number[]) => {
    const before = heads.get(current);
    commits.push({ ...commit, branch: current, parents: [...(before === undefined ? [] : [before]), ...parents] });
    atMost(commits.length, MAX_COMMITS);
    heads.set(current, commits.length - 1);
  };
  for (const line of lines) {
    const [, command = "", written = "", rest = ""] = COMMAND.exec(line) ?? [];
    const name = labelOf(unquoted(written)).replaceAll("\n", " ");
    if (command === "branch") {
      if (heads.has(name) || heads.size >= MAX_BRANCHES) refuse(line);
      const { order } = attributes(rest);
      // Who names no place comes right behind the main branch, as they are written.
      orders.set(name, order === undefined ? heads.size / 100 : Number(order));
      if (Number.isNaN(orders.get(name))) refuse(line);
      heads.set(name, heads.get(current));
      current = name;
    } else if (command === "checkout" || command === "switch") current = known(name);
    else if (command === "merge") {
      const from = heads.get(known(name));
      if (from === undefined || name === current || from === heads.get(current)) refuse(line);
      add(dressed(attributes(rest), "MERGE"), from as number);
    } else if (/^commit\b/.test(line)) add(dressed(attributes(line.slice(6)), "NORMAL"));
    else if (/^cherry-pick\b/.test(line)) {
      const given = attributes(line.slice(11));
      const from = commits.find((each) => each.label && each.label === given.id);
      if (!from || heads.get(current) === undefined) refuse(line);
      add({ ...dressed({ ...given, id: "" }, "PICK"), picked: given.id as string });
    } else refuse(line);
  }
  if (!commits.length) refuse("nothing");
  history.branches = [...heads.keys()].sort((a, b) => (orders.get(a) as number) - (orders.get(b) as number));
  return history;
}

type Attributes = { id?: string; tag?: string; type?: string; msg?: string; parent?: string; order?: string; tags: string[] };

function attributes(written: string): Attributes {
  const found: Attributes = { tags: [] };
  for (let rest = written; rest.trim(); ) {
    const [whole, name = "msg", value] = ATTRIBUTE.exec(rest) ?? refuse(rest);
    const text = labelOf(unquoted(value as string)).replaceAll("\n", " ");
    if (name === "tag") atMost(found.tags.push(text), MAX_TAGS);
    found[name as "id"] = text;
    rest = rest.slice((whole as string).length);
  }
  return found;
}

function dressed({ id, msg, type, tags }: Attributes, otherwise: CommitType): Omit<Commit, "branch" | "parents"> {
  if (type !== undefined && !/^(?:NORMAL|REVERSE|HIGHLIGHT)$/.test(type)) refuse(type);
  return { label: id || msg || "", type: (type as CommitType | undefined) ?? otherwise, tags: tags.filter(Boolean), picked: "" };
}

function unquoted(written: string): string {
  return written.replace(/^'([\s\S]*)'$/, "$1");
}
