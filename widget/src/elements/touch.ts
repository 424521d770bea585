/** Whether the keyboard is one on the screen, whose Enter breaks the line. */
export const touch = (): boolean => matchMedia("(hover: none) and (pointer: coarse)").matches;
