// Whether two pictures look the same to a person: runs in a page, whose canvas reads and writes pictures.
export type Verdict = { alike: boolean; why: string; differing: number; differences: string };

export type Pair = { expected: string; actual: string; cell: number; levels: number; cells: number };

// One cell in a picture is judged as a whole, so that the edges of letters may be drawn a little differently.
export const CELL_PX = 4;
// How far, of 255, the mean of a cell may be off in any colour. A hairline that is gone is 28, grey text about 60.
export const CELL_LEVELS = 16;
// Cells that may be off in all. An icon that is gone is more than this, a line of text some hundred.
export const CELLS = 12;

/** `expected` and `actual` are pictures in base64; `differences` is one too, of what is off in red over a faint `actual`. */
export async function likeness({ expected, actual, cell, levels, cells }: Pair): Promise<Verdict> {
  const draw = async (base64: string) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    return { canvas, context, width: bitmap.width, height: bitmap.height };
  };
  const [a, b] = [await draw(expected), await draw(actual)];
  if (a.width !== b.width || a.height !== b.height)
    return {
      alike: false,
      why: `it is ${b.width} by ${b.height} pixels, the reference ${a.width} by ${a.height}`,
      differing: -1,
      differences: "",
    };
  const { width, height } = a;
  // sums[c][(y * (width + 1)) + x]: the sum of colour c over everything above and before x, y.
  const sumsOf = ({ context }: typeof a) => {
    const { data } = context.getImageData(0, 0, width, height);
    return [0, 1, 2].map((c) => {
      const sums = new Uint32Array((width + 1) * (height + 1));
      for (let y = 0; y < height; y++)
        for (let x = 0, row = 0; x < width; x++) {
          row += data[(y * width + x) * 4 + c] as number;
          sums[(y + 1) * (width + 1) + x + 1] = (sums[y * (width + 1) + x + 1] as number) + row;
        }
      return sums;
    });
  };
  const [was, is] = [sumsOf(a), sumsOf(b)];
  const mean = (sums: Uint32Array, x: number, y: number) => {
    const at = (px: number, py: number) => sums[py * (width + 1) + px] as number;
    return (at(x + cell, y + cell) - at(x, y + cell) - at(x + cell, y) + at(x, y)) / (cell * cell);
  };
  const off: [number, number][] = [];
  for (let y = 0; y + cell <= height; y += cell)
    for (let x = 0; x + cell <= width; x += cell) {
      const wanted = was.map((sums) => mean(sums, x, y));
      let least = Infinity;
      // Letters may stand a pixel to any side.
      for (let dy = -1; dy <= 1 && least > levels; dy++)
        for (let dx = -1; dx <= 1 && least > levels; dx++) {
          const [px, py] = [Math.min(width - cell, Math.max(0, x + dx)), Math.min(height - cell, Math.max(0, y + dy))];
          least = Math.min(least, Math.max(...is.map((sums, c) => Math.abs(mean(sums, px, py) - (wanted[c] as number)))));
        }
      if (least > levels) off.push([x, y]);
    }
  if (off.length <= cells) return { alike: true, why: "", differing: off.length, differences: "" };
  b.context.fillStyle = "rgb(255 255 255 / 80%)";
  b.context.fillRect(0, 0, width, height);
  b.context.fillStyle = "rgb(220 0 0 / 70%)";
  for (const [x, y] of off) b.context.fillRect(x, y, cell, cell);
  const bytes = new Uint8Array(await (await b.canvas.convertToBlob()).arrayBuffer());
  const [xs, ys] = [off.map(([x]) => x), off.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs) + cell];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys) + cell];
  return {
    alike: false,
    why: `${off.length} cells of ${cell} by ${cell} pixels differ, between (${left}, ${top}) and (${right}, ${bottom})`,
    differing: off.length,
    differences: btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join("")),
  };
}

// A third of what the same picture takes as PNG; what is lost is far below what is judged above.
export const QUALITY = 0.85;

/** A picture in base64, as WebP, in base64. */
export async function packed({ base64, quality }: { base64: string; quality: number }): Promise<string> {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  (canvas.getContext("2d") as OffscreenCanvasRenderingContext2D).drawImage(bitmap, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer());
  return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(""));
}
