declare const __VERSION__: string;
declare const __APP__: string;
declare const __LABELS__: string;
declare const __PRELOAD__: string[];
declare const __ROOT__: string;
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "chatdock:labels" {
  export const labels: Record<string, [open: string, close: string]>;
}
