export function buildPackage(options?: { outdir?: string; classic?: string }): Promise<void>;
