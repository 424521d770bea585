// The parts of markdown-it that the bundle keeps (see scripts/bundle.mjs).
declare module "markdown-it" {
  export class Token {
    type: string;
    tag: string;
    nesting: -1 | 0 | 1;
    level: number;
    content: string;
    info: string;
    hidden: boolean;
    map: [number, number] | null;
    children: Token[] | null;
    attrGet(name: string): string | null;
  }
  export class ParserBlock {
    parse(source: string, md: object, env: object, out: Token[]): void;
  }
  export class ParserInline {
    parse(source: string, md: object, env: object, out: Token[]): void;
  }
  export function normalizeReference(text: string): string;
  export function unescapeAll(text: string): string;
  export function isSpace(code: number): boolean;
  export function isWhiteSpace(code: number): boolean;
  export function isPunctCharCode(code: number): boolean;
  export function isMdAsciiPunct(code: number): boolean;
  export const parseLinkDestination: unknown;
  export const parseLinkLabel: unknown;
  export const parseLinkTitle: unknown;
}
