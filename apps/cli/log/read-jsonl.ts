import { errorText, InputError } from './input-error.js';
import type { AttributeValue, LogGroup, LogRow } from './log-row.js';
import { MAX_ROW_CHARS, type ReadRequest } from './log-settings.js';

/**
 * Reads JSON Lines as a stream: one object a line, blank lines left out. Members of inner objects are named
 * `outer.inner`, lists stay lists, null is absent. With `log.jsonl.events` a line is a trace, and the list at
 * that path holds its events. Throws InputError with the line of what is not a JSON object.
 */
export async function* readJsonl(
  text: AsyncIterable<string>,
  request: ReadRequest,
): AsyncIterable<readonly LogGroup[]> {
  let line = 0;
  let rest = '';
  let position = 0;
  const group = (lineText: string): LogGroup | null => {
    line += 1;
    if (lineText.trim() === '') return null;
    position += 1;
    return groupOf(lineText, { request, line, position });
  };
  for await (const block of text) {
    const lines = (rest + block).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ROW_CHARS) throw tooLong(request.file, line + lines.length + 1);
    const groups = lines.map(group).filter((found) => found !== null);
    if (groups.length > 0) yield groups;
  }
  const last = rest === '' ? null : group(rest);
  if (last !== null) yield [last];
}

interface LinePlace {
  readonly request: ReadRequest;
  readonly line: number;
  readonly position: number;
}

function tooLong(file: string, line: number): InputError {
  return new InputError(
    { file, line },
    `the line is longer than ${MAX_ROW_CHARS} characters`,
    'Write one JSON object a line',
  );
}

function groupOf(lineText: string, place: LinePlace): LogGroup {
  const { request, line, position } = place;
  if (lineText.length > MAX_ROW_CHARS) throw tooLong(request.file, line);
  const record = parseObject(lineText, place);
  const eventsPath = request.settings.jsonlEvents;
  if (eventsPath === null) {
    const row: LogRow = { position: 1, line, attributes: flatten(record, 'row', request) };
    return { kind: 'row', position, line, attributes: new Map(), rows: [row] };
  }
  const { events, remaining } = takeEvents(record, eventsPath, place);
  return {
    kind: 'trace',
    position,
    line,
    attributes: flatten(remaining, 'trace', request),
    rows: events.map((event, index) => {
      if (!isObject(event)) {
        throw new InputError(
          { file: request.file, line },
          `event ${index + 1} of '${eventsPath}' is not an object`,
          'Write each event as a JSON object',
        );
      }
      return { position: index + 1, line, attributes: flatten(event, 'row', request) };
    }),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(lineText: string, place: LinePlace): JsonObject {
  const { file } = place.request;
  let value: unknown;
  try {
    value = JSON.parse(lineText);
  } catch (error) {
    const at = /position (\d+)/.exec(errorText(error))?.[1];
    throw new InputError(
      { file, line: place.line, column: at === undefined ? null : Number(at) + 1 },
      `not JSON: ${errorText(error).replace(/ in JSON at position.*$/s, '')}`,
      'Write one JSON object a line, in UTF-8',
    );
  }
  if (isObject(value)) return exactIntegers(value, lineText);
  throw new InputError(
    { file, line: place.line },
    `the line holds ${Array.isArray(value) ? 'a list' : typeof value}, not an object`,
    'Write one JSON object a line',
  );
}

/** Numbers beyond 2^53 lose digits in JSON.parse; case numbers are such numbers, so they are read again as text. */
function exactIntegers(value: JsonObject, lineText: string): JsonObject {
  if (!/\d{16}/.test(lineText)) return value;
  const exact = (_key: string, item: unknown, context: { source?: string }): unknown =>
    typeof item === 'number' && Number.isInteger(item) && !Number.isSafeInteger(item)
      ? (context.source ?? item)
      : item;
  const reread: unknown = JSON.parse(lineText, exact as (key: string, item: unknown) => unknown);
  return isObject(reread) ? reread : value;
}

function takeEvents(
  record: JsonObject,
  path: string,
  place: LinePlace,
): { events: readonly unknown[]; remaining: JsonObject } {
  const [head = '', ...inner] = path.split('.');
  const found = record[head];
  if (inner.length > 0 && isObject(found)) {
    const below = takeEvents(found, inner.join('.'), place);
    return { events: below.events, remaining: { ...record, [head]: below.remaining } };
  }
  if (inner.length > 0 || !Array.isArray(found)) {
    throw new InputError(
      { file: place.request.file, line: place.line },
      `there is no list of events at '${place.request.settings.jsonlEvents}'`,
      'Correct log.jsonl.events in the mapping, or the line',
    );
  }
  const { [head]: _events, ...remaining } = record;
  return { events: found, remaining };
}

function flatten(
  record: JsonObject,
  scope: 'row' | 'trace',
  request: ReadRequest,
): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  const wanted = request.wanted?.[scope] ?? null;
  const visit = (object: JsonObject, prefix: string): void => {
    for (const [key, value] of Object.entries(object)) {
      const name = prefix + key;
      if (isObject(value)) {
        visit(value, `${name}.`);
        continue;
      }
      request.seen.add(scope, name);
      if (wanted !== null && !wanted.has(name)) continue;
      const kept = attributeOf(value, request.settings.absent);
      if (kept !== null) attributes.set(name, kept);
    }
  };
  visit(record, '');
  return attributes;
}

function attributeOf(value: unknown, absent: readonly string[]): AttributeValue | null {
  switch (typeof value) {
    case 'string':
      return absent.includes(value) ? null : value;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'boolean':
      return value;
    default:
      if (Array.isArray(value)) {
        return value.map((item) => attributeOf(item, absent)).filter((item) => item !== null);
      }
      if (!isObject(value)) return null;
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) => {
          const kept = attributeOf(item, absent);
          return kept === null ? [] : [[key, kept]];
        }),
      );
  }
}
