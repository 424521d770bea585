declare const __VERSION__: string;
declare const __APP__: string;
/** What the names of the languages' files end in: a hash over all of them. */
declare const __WORDS__: string;
declare const __PANEL__: string;
declare const __FRAME__: string;
declare const __ROOT__: string;
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "chatdock:labels" {
  export const labels: Record<string, [open: string, close: string, dismiss: string]>;
}
declare module "chatdock:languages" {
  /** The languages there is a file for; English is not among them. */
  export const codes: readonly string[];
}
