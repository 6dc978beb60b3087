/** Parts of pictures. All lengths are pixels. */

export function rectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
): string {
  return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" fill="${colour}"/>`;
}

export function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escape(content)}</text>`;
}

/** Of milliseconds, for labels. */
export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

export function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
