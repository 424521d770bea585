// The languages there are, for whoever reads another than English.
import { codes } from "chatdock:languages";
import { resolve } from "./resolve.ts";

/** The code of the language that a tag is answered in. */
export const nearest = (tag: string): string | undefined => resolve(tag, codes);
