export function buildWidget(options?: { outdir?: string }): Promise<{ manifest: object; metafile: object }>;
