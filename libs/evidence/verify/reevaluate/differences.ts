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

/** True where two values of JSON say the same, whatever the order of their members. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isContainer(one) || !isContainer(other)) return Object.is(one, other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  let members = 0;
  for (const name in one) {
    members += 1;
    const value = (other as Record<string, unknown>)[name];
    if (!isSame((one as Record<string, unknown>)[name], value)) return false;
  }
  return Object.keys(other).length === members;
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
