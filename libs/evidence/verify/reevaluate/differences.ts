const MOST = 5;

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null;

function* walk(one: unknown, other: unknown, path: string): Generator<string> {
  if (Object.is(one, other)) return;
  if (isContainer(one) && isContainer(other) && Array.isArray(one) === Array.isArray(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    for (const name of names)
      yield* walk(
        (one as Record<string, unknown>)[name],
        (other as Record<string, unknown>)[name],
        path === '' ? name : `${path}.${name}`,
      );
    return;
  }
  yield `${path}: ${written(one)} ≠ ${written(other)}`;
}

function written(value: unknown): string {
  if (value === undefined) return '—';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Where two values of JSON differ, the first few places: `path: recorded ≠ found`. Empty where only the order of members differs. */
export function differences(recorded: unknown, found: unknown): string[] {
  const places: string[] = [];
  for (const place of walk(recorded, found, '')) {
    if (places.length === MOST) return [...places, '…'];
    places.push(place);
  }
  return places;
}
