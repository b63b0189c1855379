export interface Label {
  readonly key: string;
  readonly text: string;
  /** Where its line stands. */
  readonly x: number;
}

export interface PlacedLabel extends Label {
  /** 0 lies next to the days; others above. */
  readonly level: number;
  readonly left: number;
  readonly width: number;
}

const WIDE = 12.5;
const NARROW = 7;
const PADDING = 10;

/** Room that a text of 12 px takes, on the safe side: wide characters are square. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += char > '\u2e7f' ? WIDE : NARROW;
  return width;
}

/** Places labels at their lines, each in the lowest level in which it lies over no other and over no other's line. */
export function placeLabels(labels: readonly Label[], room: number): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  for (const label of [...labels].sort((a, b) => b.x - a.x)) {
    const width = Math.min(room, widthOf(label.text) + PADDING);
    const left = Math.max(0, label.x + width > room ? label.x - width : label.x);
    let level = 0;
    while (placed.some((other) => collides({ left, width, level }, other))) level++;
    placed.push({ ...label, level, left, width });
  }
  return placed;
}

/** A line rises to its label, so that it crosses every level below that. */
function collides(
  { left, width, level }: { readonly left: number; readonly width: number; readonly level: number },
  other: PlacedLabel,
): boolean {
  const overlaps = left < other.left + other.width && other.left < left + width;
  const crossed = other.level > level && other.x > left + 1 && other.x < left + width - 1;
  return (overlaps && other.level === level) || crossed;
}
