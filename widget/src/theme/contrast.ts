// What can be read on a colour: asked only where a page brings one.

/** Black or white, whichever reads better on the accent; asked of the browser, which knows every way to write a colour. */
export function textOn(colour: string, probe: HTMLElement): "#000" | "#fff" {
  const context = probe.ownerDocument.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!context) return "#fff";
  context.fillStyle = "#000";
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
  const linear = [r, g, b].map((each) => {
    const c = each / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return luminance > 0.179 ? "#000" : "#fff";
}
