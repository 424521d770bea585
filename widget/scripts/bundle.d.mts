import type { Plugin } from "esbuild";
export const plugins: Plugin[];
export function languages(): Promise<string[]>;
