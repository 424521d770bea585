// Markdown that tries to get out: every tag by attribute by address by spelling that has ever run a script somewhere, made here.
const TAGS =
  "script img svg iframe object embed form input button a base link meta style video audio source math details template textarea body marquee".split(
    " ",
  );
const ATTRIBUTES =
  "onerror onload onclick onmouseover onfocus ontoggle srcdoc src href xlink:href action formaction data style background poster".split(
    " ",
  );

const SCHEMES = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\tscript:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "\u00A0javascript:alert(1)",
  "javascript\u200B:alert(1)",
  "javascript://%0aalert(1)",
  "vbscript:msgbox(1)",
  "data:text/html,<script>alert(1)</script>",
  "data:text/html;base64,PHNjcmlwdD4=",
  "data:image/svg+xml,<svg onload=alert(1)>",
  "blob:https://evil.example/1",
  "file:///etc/passwd",
  "ftp://evil.example/",
  "ws://evil.example/",
  "about:blank",
  "view-source:https://evil.example",
  "filesystem:https://evil.example/",
  "intent://evil#Intent;end",
  "//evil.example/x",
  "\\\\evil.example\\x",
  "/relative",
  "?query",
  "#fragment",
  "https:evil.example",
  "https:///evil.example",
  "https://user:pass@evil.example",
  "http://[::1]/",
  "https://",
  "tel:javascript:alert(1)",
  "mailto:a@b.example?body=<script>",
];

const ENCODINGS: ((text: string) => string)[] = [
  (text) => text,
  (text) => [...text].map((char) => `&#${char.codePointAt(0)};`).join(""),
  (text) => [...text].map((char) => `&#x${char.codePointAt(0)?.toString(16)};`).join(""),
  (text) => text.replace(":", "&colon;").replace("\n", "&NewLine;").replace("\t", "&Tab;"),
  (text) => encodeURIComponent(text),
  (text) => [...text].map((char) => (/[!-/:-@[-`{-~]/.test(char) ? `\\${char}` : char)).join(""),
];

const PLACES: ((address: string) => string)[] = [
  (address) => `[x](${address})`,
  (address) => `[x](<${address}>)`,
  (address) => `[x](<${address}> "${address}")`,
  (address) => `![x](${address})`,
  (address) => `<${address}>`,
  (address) => `[x]\n\n[x]: ${address}`,
  (address) => `![x][y]\n\n[y]: <${address}> '${address}'`,
  (address) => `[![${address}](${address})](${address})`,
  (address) => `| [x](${address}) | ![y](${address}) |\n|---|---|\n| ${address} | <${address}> |`,
  (address) => `- [ ] [x](${address})\n> # ![x](${address})`,
  (address) => `\`\`\`${address}\n${address}\n\`\`\``,
];

const TRICKS = [
  '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
  '![x](https://a.example/a.png "\\" onerror=\\"alert(1)")',
  "[x](https://a.example/\u202Egnp.exe)",
  '```"><script>alert(1)</script>\ncode\n```',
  '```js" onload="alert(1)\ncode\n```',
  "[x][constructor] [y][__proto__] [z][toString]\n\n[__proto__]: https://a.example 'polluted'",
  "[__proto__]: /polluted\n[constructor]: /polluted\n\n[__proto__] [constructor]",
  "<form id=attributes><input name=getElementById><input name=parentNode></form>",
  "<!--><script>alert(1)</script>-->",
  "<![CDATA[<script>alert(1)</script>]]>",
  "<?php echo 1 ?><!DOCTYPE html><x:script>",
  "<svg><![CDATA[><image xlink:href=x onerror=alert(1)>",
  "<scr<script>ipt>alert(1)</script>",
  "<<img src=x onerror=alert(1)>",
  "\uE2001\uE201 \uE200\uE200 **\uE201 \uE200javascript:1\uE201 [x](\uE2001\uE201javascript:alert(1))",
  `[a](https://a.example/${"x".repeat(10_000)})`,
  `${"[".repeat(300)}a${"](".repeat(300)}`,
  `${"> ".repeat(150)}deep`,
  `${"*".repeat(500)}a${"*".repeat(500)}`,
  "\uD800 lone [x](https://a.example/\uD800) \uDC00",
  "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;",
  "www.javascript:alert(1) javascript:alert(1)@a.example https://javascript:alert(1)@evil.example",
  "xmpp:a@b.example/x mailto:a@b.example?x=<img>",
  "%3Cscript%3Ealert(1)%3C/script%3E",
];

/** Some seven thousand sources. */
export function* hostile(): Generator<string> {
  yield* TRICKS;
  for (const tag of TAGS)
    for (const attribute of ATTRIBUTES) {
      yield `<${tag} ${attribute}="javascript:alert(1)">x</${tag}>`;
      yield `**<${tag}/${attribute}=alert(1)//` + "`";
      yield `> - <${tag}\n  ${attribute}='https://evil.example/x' autofocus>`;
    }
  for (const scheme of SCHEMES) for (const encoding of ENCODINGS) for (const place of PLACES) yield place(encoding(scheme));
  for (const scheme of SCHEMES)
    for (const encoding of ENCODINGS) for (const tag of TAGS) yield `<${tag} href="${encoding(scheme)}">[x](${encoding(scheme)})`;
}
