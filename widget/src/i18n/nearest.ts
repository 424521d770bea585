// The languages there are, and what only another than English needs.
import { codes } from "chatdock:languages";
import { resolve } from "./resolve.ts";

export { explained } from "./explained.ts";

/** The code of the language that a tag is answered in. */
export const nearest = (tag: string): string | undefined => resolve(tag, codes);
