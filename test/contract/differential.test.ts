import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { createDecoder } from '#core/event/decode.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const CONTRACT = join(import.meta.dirname, '../../libs/contract');
const MUTANTS = 10_000;

function readJson(path: string) {
  return JSON.parse(readFileSync(join(CONTRACT, path), 'utf8'));
}

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
for (const name of readdirSync(join(CONTRACT, 'schema')))
  ajv.addSchema(readJson(`schema/${name}`), name);

const examples = readdirSync(join(CONTRACT, 'examples')).map(
  (name): Json => readJson(`examples/${name}`),
);

const types = new Set(
  readdirSync(join(CONTRACT, 'examples')).map((name): unknown => name.replace(/\.json$/, '')),
);

const decoder = createDecoder({
  feeds: (source) => ({ source, authority: source, agreedDelayHours: 24, batch: false }),
});

/** Mulberry32: the same numbers on every run, so a disagreement can be found again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Values that sit at the edges of the contract. */
const EDGES: Json[] = [
  ...[null, true, 0, -1, 1, 5, 6, 36500, 36501, 1.5, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e300],
  ...['', ' ', 'x', 'A', 'B', 'G', 'new', 'renewal', 'second', 'day', '1.0', '1.1', '1.2', 'legal'],
  ...[
    'a\u0000',
    '\ud800',
    'a\udc00b',
    '😀',
    '申'.repeat(256),
    '申'.repeat(257),
    '😀'.repeat(256),
    '😀'.repeat(257),
  ],
  ...[
    'x'.repeat(40),
    'x'.repeat(41),
    'x'.repeat(64),
    'x'.repeat(65),
    'x'.repeat(100),
    'x'.repeat(101),
  ],
  ...['x'.repeat(200), 'x'.repeat(201), 'x'.repeat(65_536), 'x'.repeat(65_537)],
  ...[
    '130606',
    '13060',
    '130606001',
    '1306060011',
    '130606001002',
    '111306026992345678',
    '11130602699234567I',
  ],
  ...[
    '2025-09-15',
    '2025-02-29',
    '2024-02-29',
    '0000-01-01',
    '0001-01-01',
    '9999-12-31',
    '2025-9-15',
    '2025-13-01',
  ],
  ...[
    '2025-09-15T09:30:00+08:00',
    '2025-09-15t09:30:00z',
    '2025-09-15T09:30:00',
    '2025-09-15 09:30:00+08:00',
  ],
  ...[
    '2025-09-15T24:00:00Z',
    '2025-06-30T23:59:60Z',
    '2025-09-15T09:30:00.123456789Z',
    '2025-09-15T09:30Z',
  ],
  ...[
    '2025-09-15T09:30:00+24:00',
    '2025-09-15T09:30:00+0800',
    '2025-09-15T09:30:00-00:00',
    '0000-01-01T00:00:00Z',
  ],
  ...[
    `2025-09-15T09:30:00.${'1'.repeat(19)}Z`,
    `2025-09-15T09:30:00.${'1'.repeat(20)}Z`,
    '2025-09-15T09:30:00Z\n',
  ],
  ...[
    '12.50',
    '-0',
    '1e3',
    '.5',
    '123456789012345',
    '1234567890123456',
    '1.',
    '2025-09-15\n',
    '130606\n',
    '1\n',
  ],
  ...[
    [],
    [null],
    [[]],
    ['x'],
    [1],
    [true],
    {},
    { subject: 'x' },
    { authority: null, subject: '' },
    { authority: 1 },
  ],
  { staffNo: 'a', unitCode: 'b' },
  { staffNo: '', unitCode: '', name: null, post: 7 },
  { value: 0, unit: 'Z' },
  { source: 's', id: 'i' },
  { kind: 'natural', name: '' },
  { id: '', digest: '' },
  { a: { b: { c: { d: { e: 1 } } } } },
  { a: { b: { c: { d: { e: { f: 1 } } } } } },
  { a: [[[['deep']]]] },
  { a: [[[[['deeper']]]]] },
  { ['x'.repeat(257)]: 1 },
  { 'a\u0000': 1 },
  JSON.parse('{"__proto__": 1}'),
  JSON.parse('{"a": {"__proto__": {"b": 1}}}'),
  'approval.accepted',
  'approval.rated',
  'approval.revoked',
  'hotline.urged',
];

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

function placesIn(json: Json, places: Place[] = []): Place[] {
  if (json === null || typeof json !== 'object') return places;
  const entries: [string | number, Json][] = Array.isArray(json)
    ? [...json.entries()]
    : Object.entries(json);
  for (const [key, value] of entries) {
    places.push({ holder: json, key });
    placesIn(value, places);
  }
  return places;
}

function write({ holder, key }: Place, value: Json): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else
    Object.defineProperty(holder, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function valueAt({ holder, key }: Place): Json {
  return (Array.isArray(holder) ? holder[Number(key)] : holder[key]) ?? null;
}

function mutate(example: Json, random: (below: number) => number): Json {
  const json = structuredClone(example);
  for (let changes = 1 + random(2); changes > 0; changes -= 1) {
    const places = placesIn(json);
    const place = places[random(places.length)];
    if (place === undefined) continue;
    const other = places[random(places.length)];
    const kind = random(10);
    if (kind === 0 && !Array.isArray(place.holder)) delete place.holder[place.key];
    else if (kind === 1 && other !== undefined) write(place, structuredClone(valueAt(other)));
    else if (kind === 2 && Array.isArray(valueAt(place)))
      write(place, [valueAt(place), valueAt(place)].flat(1));
    else write(place, structuredClone(EDGES[random(EDGES.length)] ?? null));
  }
  return json;
}

describe('the schema and the decoder', () => {
  it(`agree on ${MUTANTS} mutated examples, and neither throws`, () => {
    const random = randomFrom(20_250_915);
    const tally = { accepted: 0, rejected: 0 };
    const disagreements: unknown[] = [];
    for (let i = 0; i < MUTANTS; i += 1) {
      const text = JSON.stringify(mutate(examples[i % examples.length] ?? null, random));
      const json = JSON.parse(text);
      // A record whose type is not in the contract has no schema that could accept it.
      const validate = types.has(json.type) ? ajv.getSchema(`${json.type}.json`) : undefined;
      const bySchema = validate?.(json) === true;
      const decoded = decoder.decode({ value: text, receivedAt: 0, digest: 'd' });
      tally[decoded.ok ? 'accepted' : 'rejected'] += 1;
      if (bySchema !== decoded.ok) {
        disagreements.push({ text: text.slice(0, 1500), decoded, errors: validate?.errors });
      }
    }
    expect(disagreements.slice(0, 3)).toEqual([]);
    // Both outcomes have to be common, or the comparison says little.
    expect(tally.accepted).toBeGreaterThan(MUTANTS / 10);
    expect(tally.rejected).toBeGreaterThan(MUTANTS / 10);
  });

  it('agree on every example with one required key left out', () => {
    for (const example of examples) {
      const places = placesIn(example).filter(({ holder }) => !Array.isArray(holder));
      for (let i = 0; i < places.length; i += 1) {
        const json = structuredClone(example);
        const place = placesIn(json).filter(({ holder }) => !Array.isArray(holder))[i];
        if (place === undefined || Array.isArray(place.holder)) continue;
        delete place.holder[place.key];
        const type = String(valueAt({ holder: json as { [key: string]: Json }, key: 'type' }));
        const bySchema = ajv.getSchema(`${type}.json`)?.(json) === true;
        const decoded = decoder.decode({ value: JSON.stringify(json), receivedAt: 0, digest: 'd' });
        expect([type, place.key, decoded.ok]).toEqual([type, place.key, bySchema]);
      }
    }
  });
});
