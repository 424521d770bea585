// Which language a wanted tag is answered in: its own where it has one, else the nearest that is written in the same script.

/** Regions that share a variety with another one; every other region of these languages takes the last. */
const VARIETIES: Record<string, readonly [regions: string, code: string][]> = {
  es: [
    ["ES GQ PH IC EA", "es"],
    ["", "es-419"],
  ],
  fr: [
    ["CA", "fr-CA"],
    ["", "fr"],
  ],
  pt: [
    ["BR", "pt-BR"],
    ["", "pt-PT"],
  ],
};
const SAME: Record<string, string> = { no: "nb", nn: "nb", yue: "zh", cmn: "zh" };

/**
 * The code of a language there is, for a BCP 47 tag ("de-AT", "zh_Hant", "pt"): `resolve("es-MX", codes)` is "es-419", `resolve("zh-SG", codes)`
 * is "zh-CN". Nothing for a tag that is none, for a language there is not, and for a script it is not written in here.
 */
export function resolve(tag: string, codes: readonly string[]): string | undefined {
  let wanted: Intl.Locale;
  try {
    wanted = new Intl.Locale(tag.trim().replaceAll("_", "-")).maximize();
  } catch {
    return undefined;
  }
  const { region = "", script } = wanted;
  const language = SAME[wanted.language] ?? wanted.language;
  if (language === "en") return "en";
  if (language === "zh") return script === "Hant" ? (region === "HK" || region === "MO" ? "zh-HK" : "zh-TW") : "zh-CN";
  const variety = VARIETIES[language]?.find(([regions]) => !regions || regions.split(" ").includes(region))?.[1];
  const found = [variety, `${language}-${script}`, language].find((code) => code && codes.includes(code));
  return found && new Intl.Locale(found).maximize().script === script ? found : undefined;
}
