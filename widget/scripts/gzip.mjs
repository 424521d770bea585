// gzip as small as it gets: what is compressed once and read by every visitor may take its time.
const EVENTS = ["uncaughtException", "unhandledRejection"];
const before = EVENTS.map((event) => process.listeners(event));
const { gzipAsync } = await import("@gfx/zopfli");
// Its runtime takes over how a process fails, which is not its business.
for (const [index, event] of EVENTS.entries())
  for (const listener of process.listeners(event)) if (!before[index].includes(listener)) process.removeListener(event, listener);

/** Shape: a Buffer. */
export const gzip = async (bytes) => Buffer.from(await gzipAsync(bytes, { numiterations: 15 }));
