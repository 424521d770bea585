// Every language: there, complete, with the placeholders and the plural forms it needs, in its own letters, and found by the right tags.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { build } from "esbuild";
import { languages } from "../scripts/bundle.mjs";
import { counted, duration, fileSize } from "../src/i18n/counted.ts";
import { en } from "../src/i18n/en.ts";
import { withTerms } from "../src/i18n/locale.ts";
import { more } from "../src/i18n/more.ts";
import { resolve } from "../src/i18n/resolve.ts";
import type { Counted, Terms } from "../src/i18n/terms.ts";

const OUT = `${__ROOT__}.cache/languages/`;
const ENGLISH: Terms = { ...en, ...more };
const NAMES = Object.keys(ENGLISH) as (keyof Terms)[];
let codes: string[];
const all = new Map<string, Terms>();

before(async () => {
  codes = await languages();
  await build({ entryPoints: codes.map((code) => `${__ROOT__}src/i18n/${code}.ts`), outdir: OUT, format: "esm", logLevel: "warning" });
  for (const code of codes) all.set(code, ((await import(`${OUT}${code}.js`)) as { terms: Terms }).terms);
});

/** ChatKit's translated locales, and the file each of them is in. */
const LISTED =
  `am ar bg-BG:bg bn-BD:bn bs-BA:bs ca-ES:ca cs-CZ:cs da-DK:da de-DE:de el-GR:el es-419 es-ES:es et-EE:et fi-FI:fi fr-CA fr-FR:fr
gu-IN:gu hi-IN:hi hr-HR:hr hu-HU:hu hy-AM:hy id-ID:id is-IS:is it-IT:it ja-JP:ja ka-GE:ka kk kn-IN:kn ko-KR:ko lt lv-LV:lv mk-MK:mk ml mn
mr-IN:mr ms-MY:ms my-MM:my nb-NO:nb nl-NL:nl pa pl-PL:pl pt-BR pt-PT ro-RO:ro ru-RU:ru sk-SK:sk sl-SI:sl so-SO:so sq-AL:sq sr-RS:sr sv-SE:sv
sw-TZ:sw ta-IN:ta te-IN:te th-TH:th tl:fil tr-TR:tr uk-UA:uk ur vi-VN:vi zh-CN zh-HK zh-TW`
    .split(/\s+/)
    .map((each) => each.split(":") as [string, string | undefined]);
const ACCEPTED =
  `bg bn bs ca cs da de el es et fi fr gu hi hr hu hy id is it ja ka kn ko lv mk mr ms my nb nl pl pt ro ru sk sl so sq sr sv sw ta
te th tr uk vi zh zh-Hant en`.split(/\s+/);

test("there is a language for each of ChatKit's locales, for Hebrew and for Persian", () => {
  assert.equal(LISTED.length, 63);
  for (const [tag, code] of LISTED) assert.equal(resolve(tag, codes), code ?? tag);
  assert.equal(resolve("he-IL", codes), "he");
  assert.equal(resolve("fa-IR", codes), "fa");
  for (const tag of ACCEPTED) assert.ok(resolve(tag, codes), tag);
  const found = new Set([...LISTED.map(([tag]) => resolve(tag, codes)), "he", "fa", "sr-Latn"]);
  assert.deepEqual([...found].sort(), codes);
});

test("a tag finds its language by script and region, whatever else it says", () => {
  const expected = {
    "de-AT": "de",
    "en-GB": "en",
    "es-MX": "es-419",
    "es-US": "es-419",
    "es-GQ": "es",
    es: "es",
    "fr-BE": "fr",
    pt: "pt-BR",
    "pt-AO": "pt-PT",
    zh: "zh-CN",
    "zh-SG": "zh-CN",
    "zh-Hant": "zh-TW",
    "zh-Hant-HK": "zh-HK",
    "zh-MO": "zh-HK",
    "yue-HK": "zh-HK",
    "sr-Latn": "sr-Latn",
    "sr-ME": "sr-Latn",
    "sr-Cyrl-ME": "sr",
    no: "nb",
    "nn-NO": "nb",
    iw: "he",
    in: "id",
    "fil-PH": "fil",
    "ar-EG-u-nu-latn": "ar",
    pt_BR: "pt-BR",
    " DE ": "de",
  };
  for (const [tag, code] of Object.entries(expected)) assert.equal(resolve(tag, codes), code, tag);
});

test("a tag without a language, or in letters its language is not written in here, finds none", () => {
  for (const tag of ["", "x", "not a tag", "de-", "toString", "cy-GB", "pa-PK", "kk-Arab", "bs-Cyrl"])
    assert.equal(resolve(tag, codes), undefined, tag);
});

const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort().join(" ");

test("every language has every term of English, with the same placeholders and no other term", () => {
  for (const [code, terms] of all) {
    assert.deepEqual(Object.keys(terms).sort(), [...NAMES].sort(), code);
    for (const name of NAMES) {
      const [english, term] = [ENGLISH[name], terms[name]];
      if (typeof english !== "string") continue;
      assert.ok(typeof term === "string" && term.length > 0 && term === term.trim(), `${code}.${name}`);
      assert.equal(placeholders(term), placeholders(english), `${code}.${name}`);
    }
  }
});

test("a term about a number has the forms of the language, each of them and no other", () => {
  const counting = NAMES.filter((name) => typeof ENGLISH[name] !== "string");
  assert.ok(counting.length >= 4);
  for (const [code, terms] of [["en", ENGLISH] as const, ...all]) {
    const { pluralCategories } = new Intl.PluralRules(code).resolvedOptions();
    for (const name of counting) {
      const forms = terms[name] as Counted;
      assert.deepEqual(Object.keys(forms).sort(), [...pluralCategories].sort(), `${code}.${name}`);
      assert.equal(placeholders(forms.other), "{n}", `${code}.${name}`);
      // "One result" needs no digit where only one number has that form.
      for (const form of Object.values(forms)) assert.ok(["", "{n}"].includes(placeholders(form)), `${code}.${name}: ${form}`);
    }
  }
});

/** Words that are the same in English and in that language. */
const SHARED: Record<string, string> = {
  Chat: "cs da de es es-419 fil it nb nl pt-BR pt-PT ro sk",
  Model: "bs ca cs da hr id ms nl pl ro sk sl sr-Latn tr",
  Formula: "bs hr it lv ms sl sr-Latn",
  Diagram: "cs da fil hu id nb nl pl sk sl sq sv",
  Code: "de fil fr fr-CA nl",
  "Code: {language}": "de fil nl",
  Assistant: "fil fr fr-CA",
  Message: "fr fr-CA",
  Suggestions: "fr fr-CA",
  Image: "fr fr-CA",
  Sources: "fr fr-CA",
  Conversation: "fr-CA",
  Stop: "da",
  Download: "da",
  "Download {name}": "da",
};

test("no term was left in English", () => {
  for (const [code, terms] of all)
    for (const name of NAMES) {
      const term = terms[name];
      if (name === "dir" || typeof term !== "string" || term !== ENGLISH[name]) continue;
      assert.ok(SHARED[term]?.split(" ").includes(code), `${code}.${name} is "${term}"`);
    }
});

const FORMS: Record<string, string> = { Jpan: "Han|Hiragana|Katakana", Kore: "Hangul", Hans: "Han", Hant: "Han" };

test("every language is written in its own letters", () => {
  const wrong: string[] = [];
  for (const [code, terms] of all) {
    const { script = "" } = new Intl.Locale(code).maximize();
    const scripts = `${FORMS[script] ?? script}|Common|Inherited`.split("|").map((each) => `\\p{Script=${each}}`);
    const foreign = new RegExp(`(?!${scripts.join("|")})\\p{Letter}`, "u");
    for (const [name, term] of Object.entries(terms)) {
      if (name === "dir") continue;
      for (const form of typeof term === "string" ? [term] : Object.values(term)) {
        const own = form.replace(/\{\w+\}|Markdown|JSON|\bAI(?![a-z])/g, "");
        if (foreign.test(own)) wrong.push(`${code}.${name}: ${form}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("right to left is what is read from right to left", () => {
  const rtl = [...all].filter(([, terms]) => terms.dir === "rtl").map(([code]) => code);
  assert.deepEqual(rtl, ["ar", "fa", "he", "ur"]);
});

test("numbers, durations and sizes are in the language", () => {
  const results = (code: string, n: number) => counted((all.get(code) ?? ENGLISH).searchResults, n, code);
  assert.deepEqual(
    [0, 1, 2].map((n) => results("en", n)),
    ["0 results", "1 result", "2 results"],
  );
  assert.deepEqual(
    [1, 2, 5, 22].map((n) => results("ru", n)),
    ["1 результат", "2 результата", "5 результатов", "22 результата"],
  );
  assert.deepEqual(
    [1, 2, 3, 5].map((n) => results("sl", n)),
    ["1 zadetek", "2 zadetka", "3 zadetki", "5 zadetkov"],
  );
  assert.deepEqual(
    [1, 2].map((n) => results("he", n)),
    ["תוצאה אחת", "שתי תוצאות"],
  );
  assert.equal(results("fa", 12), "۱۲ نتیجه");
  assert.equal(results("de", 1200), "1.200 Ergebnisse");
  assert.equal(duration(65, "de"), "1 Minute 5 Sekunden");
  assert.equal(duration(5, "ja"), "5 秒");
  assert.equal(fileSize(1_572_864, "fr").replace(/\s/, " "), "1,5 Mo");
  assert.equal(fileSize(40, "en"), "0.1 kB");
});

test("a page's own words take the place of the language's, where they are words", () => {
  const german = { code: "de", terms: all.get("de") as Terms };
  const own = { send: "Ab damit", stop: 5, dir: "rtl", searchResults: { other: "{n} Treffer" } };
  const { code, terms } = withTerms(german, own);
  assert.equal(code, "de");
  assert.equal(terms.send, "Ab damit");
  assert.equal(terms.stop, german.terms.stop);
  assert.equal(terms.dir, "ltr");
  assert.equal(counted(terms.searchResults as Counted, 1, "de"), "1 Treffer");
  assert.equal(counted("{n} found", 3, "en"), "3 found");
  for (const nothing of [undefined, null, "words", 7, []]) assert.equal(withTerms(german, nothing).terms.send, german.terms.send);
});
