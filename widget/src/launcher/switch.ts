/** Whether a setting that may come as an attribute is switched on. */
export const on = (value: unknown): boolean => value === "" || `${value}` === "true";
