// What the languages of code are made of: for each the patterns of its tokens, tried in order at every place. No pattern can look at a
// character more than a few times, so the time grows with the code alone.

export type Kind = "comment" | "string" | "number" | "keyword" | "type" | "function" | "name" | "added" | "removed";
/** A pattern's first group is the token where it has one; what `skip` matches has no colour. */
export type Rule = readonly [Kind | "skip", RegExp];
export type Grammar = readonly Rule[];

const words = (list: string, flags = "") => new RegExp(`(?:${list.trim().split(/\s+/).join("|")})(?![\\w$-])`, `y${flags}`);

const LINE = /\/\/.*/y;
const BLOCK = /\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$)/y;
const HASH = /#.*/y;
const DOUBLE = /"(?:[^"\\\n]|\\[\s\S])*"?/y;
const SINGLE = /'(?:[^'\\\n]|\\[\s\S])*'?/y;
const BACKTICK = /`(?:[^`\\]|\\[\s\S])*`?/y;
const TRIPLE = /[a-zA-Z]{0,2}(?:"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:"""|$)|'''(?:[^'\\]|\\[\s\S]|'(?!''))*(?:'''|$))/y;
const NUMBER = /(?:0[xX][\da-fA-F_]+|0[bBoO][\d_]+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?)[a-zA-Z%]*/y;
const TYPE = /[A-Z][\w$]*/y;
const CALL = /([a-zA-Z_$][\w$]*)[ \t]*\(/y;
const WORD: Rule = ["skip", /[\p{L}_$][\p{L}\p{N}_$]*/uy];

const C_LIKE: Grammar = [
  ["comment", LINE],
  ["comment", BLOCK],
  ["string", DOUBLE],
  ["string", SINGLE],
];

/** A language with comments, strings and keywords, in the order most of them share. */
function common(keywords: string, first: Grammar = C_LIKE, constants = "true false null"): Grammar {
  return [
    ...first,
    ["number", NUMBER],
    ["keyword", words(keywords)],
    ["number", words(constants)],
    ["function", CALL],
    ["type", TYPE],
    WORD,
  ];
}

const javascript = common(
  `abstract as async await break case catch class const continue debugger declare default delete do else enum export extends finally for
from function get if implements import in infer instanceof interface is keyof let namespace new of private protected public readonly return
satisfies set static super switch this throw try type typeof var void while with yield`,
  [
    ...C_LIKE,
    ["string", BACKTICK],
    ["string", /(?<=[=(,:;!&|?{}\n][ \t]*)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,99}\]){1,200}\/[a-z]*/y],
  ],
  "true false null undefined NaN Infinity",
);

const python = common(
  `and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal
not or pass raise return try while with yield`,
  [
    ["comment", HASH],
    ["string", TRIPLE],
    ["string", /[a-zA-Z]{0,2}"(?:[^"\\\n]|\\[\s\S])*"?/y],
    ["string", /[a-zA-Z]{0,2}'(?:[^'\\\n]|\\[\s\S])*'?/y],
    ["type", /@[\w.]+/y],
  ],
  "True False None self cls",
);

const shell = common(
  "if then else elif fi for while until do done case esac in function select return export local readonly declare set unset exit source",
  [
    ["comment", /(?<=^|\s)#.*/my],
    ["string", DOUBLE],
    ["string", /'[^']*'?/y],
    ["name", /\$(?:\w+|\{[^}\n]*\}?|[@*#?$!-])/y],
    ["type", /(?<=\s)--?[a-zA-Z][\w-]*/y],
    ["function", /(?<=(?:^|[|&;(`]|\$ )[ \t]*)[a-zA-Z][\w.-]*(?=[ \t\n]|$)/my],
  ],
  "true false",
);

const sql = common(
  `add all alter and any as asc begin between by case cascade check column commit constraint create cross database default delete desc distinct
drop else end except exists explain foreign from full group having if in index inner insert intersect into is join key left like limit not
offset on or order outer over partition primary references returning right rollback select set table then transaction union unique update
using values view when where with bigint boolean char date decimal float int integer json jsonb numeric real serial smallint text time
timestamp uuid varchar`,
  [
    ["comment", /--.*/y],
    ["comment", BLOCK],
    ["string", /'(?:[^']|'')*'?/y],
    ["name", /"[^"\n]*"?/y],
  ],
).map(([kind, pattern]): Rule => [kind, kind === "keyword" ? new RegExp(pattern.source, "yi") : pattern]);

const json: Grammar = [
  ["comment", LINE],
  ["comment", BLOCK],
  ["name", /("(?:[^"\\\n]|\\.)*")[ \t]*:/y],
  ["string", DOUBLE],
  ["number", /-?\d[\d.]*(?:[eE][+-]?\d+)?/y],
  ["keyword", /(?:true|false|null)\b/y],
];

const yaml: Grammar = [
  ["comment", /(?<=^|\s)#.*/my],
  ["name", /(?<=^[ \t]*(?:-[ \t]+){0,4})[\w."'/][^:#\n]{0,99}(?=:(?:[ \t]|$))/my],
  ["string", DOUBLE],
  ["string", /'(?:[^'\n]|'')*'?/y],
  ["type", /[&*!][\w-]+/y],
  ["number", /(?<=[\s[,])-?\d[\d.]*(?=[\s,\]]|$)/my],
  ["keyword", /(?:true|false|null|yes|no)(?=[\s,\]]|$)/my],
  ["skip", /[\w.-]+/y],
];

const toml: Grammar = [
  ["comment", /[#;].*/y],
  ["type", /(?<=^[ \t]*)\[{1,2}[^\]\n]*\]{1,2}/my],
  ["name", /(?<=^[ \t]*)[\w."-]+(?=[ \t]*=)/my],
  ["string", TRIPLE],
  ["string", DOUBLE],
  ["string", /'[^'\n]*'?/y],
  ["number", NUMBER],
  ["keyword", /(?:true|false)\b/y],
  ["skip", /[\w.-]+/y],
];

const css: Grammar = [
  ["comment", BLOCK],
  ["comment", LINE],
  ["string", DOUBLE],
  ["string", SINGLE],
  ["keyword", /@[\w-]+/y],
  ["name", /--[\w-]+/y],
  ["name", /[a-zA-Z-]+(?=[ \t]*:[^:\n]*;)/y],
  ["number", /#[\da-fA-F]{3,8}\b/y],
  ["number", /-?(?:\d+\.?\d*|\.\d+)(?:[a-zA-Z]+|%)?/y],
  ["function", /([a-zA-Z-]+)\(/y],
  ["type", /[.#&]?[a-zA-Z][\w-]*|::?[a-z-]+/y],
];

const markup: Grammar = [
  ["comment", /<!--(?:[^-]|-(?!->))*(?:-->|$)/y],
  ["comment", /<![^>]*>?|<\?(?:[^?]|\?(?!>))*(?:\?>|$)/y],
  ["keyword", /<\/?[a-zA-Z][\w:.-]*|\/?>/y],
  ["name", /(?<=\s)[\w:@.-]+(?==)/y],
  ["string", /(?<==)"[^"]*"?/y],
  ["string", /(?<==)'[^']*'?/y],
  ["number", /&#?\w+;/y],
  ["skip", /[\w.-]+/y],
];

const diff: Grammar = [
  ["comment", /^(?:diff|index|---|\+\+\+|\*\*\*).*/my],
  ["type", /^@@.*/my],
  ["added", /^\+.*/my],
  ["removed", /^-.*/my],
  ["skip", /.+/y],
];

const markdown: Grammar = [
  ["keyword", /^#{1,6} .*/my],
  ["string", /^(?:```|~~~).*/my],
  ["string", /`[^`\n]*`/y],
  ["comment", /^>.*/my],
  ["name", /^[ \t]*(?:[-*+]|\d+[.)]) /my],
  ["type", /\*\*[^*\n]{1,400}\*\*/y],
  ["function", /\[[^\]\n]{0,200}\]\([^)\n]{0,400}\)/y],
  ["skip", /[\p{L}\p{N}]+/uy],
];

const docker: Grammar = [
  ["comment", HASH],
  [
    "keyword",
    /^[ \t]*(?:FROM|RUN|CMD|LABEL|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG|ONBUILD|STOPSIGNAL|HEALTHCHECK|SHELL)\b/imy,
  ],
  ["keyword", /AS\b/y],
  ...shell.slice(1, 5),
  ["skip", /[\w./-]+/y],
];

const PREPROCESSOR: Rule = ["type", /(?<=^[ \t]*)#[ \t]*[a-z]+/my];
const c = common(
  `alignas alignof asm auto bool break case catch char class concept const constexpr continue decltype default delete do double else enum
explicit export extern float for friend goto if inline int long mutable namespace new noexcept operator private protected public register
requires return short signed sizeof static struct switch template this throw try typedef typename union unsigned using virtual void volatile
while`,
  [PREPROCESSOR, ...C_LIKE],
  "true false nullptr NULL",
);
const java = common(
  `abstract assert base bool boolean break byte case catch char class const continue data decimal default delegate do double else enum event
extends final finally float for foreach fun get if implements import in init inner instanceof int interface internal is lateinit long
namespace native new object open operator out override package params partial permits private protected public readonly record ref return
sealed set short static string struct super suspend switch synchronized this throw throws transient try typealias using val var virtual void
volatile when where while yield async await`,
  [["type", /@\w+/y], ["string", TRIPLE], ...C_LIKE],
);
const go = common(
  `break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct
switch type var any bool byte error float32 float64 int int32 int64 rune string uint uint64`,
  [...C_LIKE, ["string", BACKTICK]],
  "true false nil iota",
);
const rust = common(
  `as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self static struct
super trait type unsafe use where while bool char f32 f64 i8 i16 i32 i64 isize str u8 u16 u32 u64 usize`,
  [
    ["comment", LINE],
    ["comment", BLOCK],
    ["string", /[br]{0,2}"(?:[^"\\]|\\[\s\S])*"?/y],
    ["string", /'(?:[^'\\\n]|\\.)'/y],
    ["type", /'[a-z]\w*|#!?\[[^\]\n]*\]?/y],
    ["function", /[a-z_]\w*!/y],
  ],
);
const php = common(
  `abstract and array as break case catch class clone const continue declare default do echo else elseif enum extends final finally fn for
foreach function global goto if implements include instanceof interface match namespace new or private protected public readonly require
return static switch throw trait try use var while yield`,
  [["keyword", /<\?(?:php|=)?|\?>/y], ["comment", HASH], ...C_LIKE, ["name", /\$\w+/y]],
);
const ruby = common(
  `alias and begin break case class def defined do else elsif end ensure extend for if in include module next not or private protected public
raise redo require require_relative rescue retry return self super then undef unless until when while yield attr_accessor attr_reader`,
  [
    ["comment", HASH],
    ["string", DOUBLE],
    ["string", SINGLE],
    ["name", /@{1,2}\w+|:\w+/y],
  ],
  "true false nil",
);
const swift = common(
  `actor as associatedtype async await break case catch class continue default defer deinit do else enum extension fallthrough fileprivate final
for func guard if import in init inout internal is lazy let mutating nonisolated open operator override private protocol public repeat
required rethrows return self Self some static struct subscript super switch throw throws try typealias var weak where while`,
  [["string", TRIPLE], ...C_LIKE, ["type", /[@#]\w+/y]],
  "true false nil",
);

const NAMES: readonly [Grammar, string][] = [
  [javascript, "js jsx ts tsx mjs cjs javascript typescript node"],
  [python, "py python py3 python3"],
  [shell, "sh bash zsh shell console shellsession shell-session fish powershell ps1"],
  [sql, "sql sqlite postgres postgresql mysql plsql tsql"],
  [json, "json jsonc json5 jsonl ndjson"],
  [yaml, "yaml yml"],
  [toml, "toml ini cfg conf properties env dotenv"],
  [css, "css scss less sass"],
  [markup, "html xml svg vue svelte xhtml htm rss plist"],
  [diff, "diff patch"],
  [markdown, "md markdown mdx"],
  [docker, "docker dockerfile"],
  [c, "c h cpp c++ cc hpp cxx arduino glsl objc objective-c"],
  [java, "java kotlin kt kts cs csharp c# scala groovy gradle dart"],
  [go, "go golang"],
  [rust, "rust rs"],
  [php, "php"],
  [ruby, "ruby rb"],
  [swift, "swift"],
];

const GRAMMARS = new Map(NAMES.flatMap(([grammar, names]) => names.split(" ").map((name) => [name, grammar] as const)));

/** The grammar of a language by any of its usual names; none for one not known here. */
export function grammarOf(language: string): Grammar | undefined {
  return GRAMMARS.get(language.toLowerCase());
}
