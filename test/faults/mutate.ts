import { createHash } from 'node:crypto';
import type { Random } from '#simulator/random.js';
import type { OutgoingRecord } from '#streams/event-log.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Headers = Record<string, string>;

/** A record that was spoilt in one way. */
export interface MutatedRecord extends OutgoingRecord {
  readonly mutation: string;
  /** What must come of it where that is certain, whatever the record was; otherwise either is right. */
  readonly must: 'quarantined' | null;
}

interface Real {
  readonly key: string;
  readonly value: string;
  readonly headers: Headers;
}

interface Spoilt {
  readonly value: Buffer | null;
  readonly headers?: Headers;
}

interface Mutation {
  readonly name: string;
  readonly must: 'quarantined' | null;
  /** How often it is drawn; the costly ones are rare. */
  readonly weight: number;
  readonly spoil: (real: Real, random: Random) => Spoilt;
}

const text = (value: string): Spoilt => ({ value: Buffer.from(value) });

/** The record as JSON, changed and written again. */
function rewritten(real: Real, change: (event: { [key: string]: Json }) => void): Spoilt {
  const event = JSON.parse(real.value) as { [key: string]: Json };
  change(event);
  return text(JSON.stringify(event));
}

/** Every place in a JSON value that holds something: the holder and the key under it. */
function placesIn(value: Json): { holder: { [key: string]: Json }; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as { [key: string]: Json };
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key] as Json)]);
}

function somewhere(event: { [key: string]: Json }, random: Random) {
  return random.pick(placesIn(event));
}

const dataOf = (event: { [key: string]: Json }) => event.data as { [key: string]: Json };

const OTHER_VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e308,
  Number.MAX_SAFE_INTEGER,
  0.1,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '😀'.repeat(50),
  [],
  {},
  [[[]]],
  { __proto__: null, constructor: 1 },
];

const TIMES = [
  '9999-12-31T23:59:59+08:00',
  '0001-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2025-02-29T10:00:00+08:00',
  '2025-03-03T24:00:00+08:00',
  '2025-03-03T10:00:00+99:99',
  '10000-01-01T00:00:00Z',
  'yesterday',
];

const ATTRIBUTES = ['id', 'source', 'type', 'subject', 'time', 'specversion', 'data'];

/** Binary mode of the Kafka protocol binding: attributes in headers, the data alone as value. */
function inBinaryMode(real: Real): { value: Buffer; headers: Headers } {
  const { data, ...attributes } = JSON.parse(real.value) as { [key: string]: Json };
  const headers: Headers = { ...real.headers, 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(attributes))
    if (name !== 'datacontenttype') headers[`ce_${name}`] = String(value);
  return { value: Buffer.from(JSON.stringify(data)), headers };
}

const MUTATIONS: readonly Mutation[] = [
  { name: 'exactly the same again', must: null, weight: 4, spoil: (real) => text(real.value) },
  {
    name: 'bits flipped',
    must: null,
    weight: 14,
    spoil: (real, random) => {
      const value = Buffer.from(real.value);
      for (let n = random.between(1, 6); n > 0; n -= 1) {
        const at = random.between(0, value.length - 1);
        value[at] = (value[at] ?? 0) ^ (1 << random.between(0, 7));
      }
      return { value };
    },
  },
  {
    name: 'cut short',
    must: 'quarantined',
    weight: 10,
    spoil: (real, random) => {
      const whole = Buffer.from(real.value);
      return { value: whole.subarray(0, random.between(1, whole.length - 1)) };
    },
  },
  { name: 'no bytes', must: 'quarantined', weight: 2, spoil: () => text('') },
  { name: 'no value', must: 'quarantined', weight: 2, spoil: () => ({ value: null }) },
  {
    name: 'an attribute is missing',
    must: 'quarantined',
    weight: 8,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        delete event[random.pick(ATTRIBUTES)];
      }),
  },
  {
    name: 'a field is missing',
    must: null,
    weight: 10,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        const { holder, key } = somewhere(event, random);
        delete holder[key];
      }),
  },
  {
    name: 'a field holds something else',
    must: null,
    weight: 16,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        const { holder, key } = somewhere(event, random);
        holder[key] = random.pick(OTHER_VALUES);
      }),
  },
  {
    name: 'a code that does not exist',
    must: null,
    weight: 6,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        const data = dataOf(event);
        data[random.pick(Object.keys(data))] = 'no-such-code';
      }),
  },
  {
    name: 'an unknown type',
    must: 'quarantined',
    weight: 3,
    spoil: (real) =>
      rewritten(real, (event) => {
        event.type = `${event.type}-of-some-other-system`;
      }),
  },
  {
    name: 'an unknown feed',
    must: 'quarantined',
    weight: 2,
    spoil: (real) =>
      rewritten(real, (event) => {
        event.source = 'a-feed-that-nobody-configured';
      }),
  },
  {
    name: 'an unknown vocabulary version',
    must: 'quarantined',
    weight: 2,
    spoil: (real) =>
      rewritten(real, (event) => {
        dataOf(event).vocabularyVersion = '77.0';
      }),
  },
  {
    name: 'a strange time',
    must: null,
    weight: 6,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        if (random.chance(0.5)) event.time = random.pick(TIMES);
        else dataOf(event).recordedAt = random.pick(TIMES);
      }),
  },
  {
    name: 'a time without zone',
    must: 'quarantined',
    weight: 4,
    spoil: (real) =>
      rewritten(real, (event) => {
        event.time = String(event.time).slice(0, 19);
      }),
  },
  {
    name: 'the same id with other bytes',
    must: null,
    weight: 6,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        dataOf(event).dataVersion = random.between(2, 5);
      }),
  },
  {
    name: 'the same id in another case',
    must: null,
    weight: 3,
    spoil: (real, random) =>
      rewritten(real, (event) => {
        event.subject = `STRAY-${random.between(1, 50)}`;
      }),
  },
  {
    name: 'not UTF-8',
    must: 'quarantined',
    weight: 3,
    spoil: (real) => {
      const value = Buffer.from(real.value);
      value[value.indexOf(':') + 2] = 0xff;
      return { value };
    },
  },
  {
    name: 'a byte order mark',
    must: null,
    weight: 1,
    spoil: (real) => text(`\ufeff${real.value}`),
  },
  {
    name: 'a list of events',
    must: 'quarantined',
    weight: 2,
    spoil: (real) => text(`[${real.value}]`),
  },
  {
    name: 'nested to death',
    must: 'quarantined',
    weight: 1,
    spoil: () => text('['.repeat(100_000)),
  },
  {
    name: 'nested and closed',
    must: null,
    weight: 1,
    spoil: (real) =>
      text(real.value.replace('"data":{', `"data":{"x":${'['.repeat(5_000)}${']'.repeat(5_000)},`)),
  },
  {
    name: '5 MB long',
    must: 'quarantined',
    weight: 0.1,
    spoil: (real) =>
      rewritten(real, (event) => {
        dataOf(event).remark = '长'.repeat(1_750_000);
      }),
  },
  {
    name: 'another content type',
    must: null,
    weight: 3,
    spoil: (real, random) => ({
      value: Buffer.from(real.value),
      headers: {
        ...real.headers,
        'content-type': random.pick(['text/plain', 'application/xml', '', 'application/avro']),
      },
    }),
  },
  { name: 'binary mode', must: null, weight: 4, spoil: (real) => inBinaryMode(real) },
  {
    name: 'binary mode without an attribute',
    must: 'quarantined',
    weight: 3,
    spoil: (real, random) => {
      const { value, headers } = inBinaryMode(real);
      delete headers[random.pick(['ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time'])];
      return { value, headers };
    },
  },
];

const TOTAL = MUTATIONS.reduce((sum, { weight }) => sum + weight, 0);

function drawn(random: Random): Mutation {
  let rest = random.next() * TOTAL;
  for (const mutation of MUTATIONS) {
    rest -= mutation.weight;
    if (rest < 0) return mutation;
  }
  return MUTATIONS[0] as Mutation;
}

/** The real record, spoilt in a way that `random` draws; key and headers stay unless they are what is spoilt. */
export function mutated(real: Real, random: Random): MutatedRecord {
  const { name, must, spoil } = drawn(random);
  const { value, headers } = spoil(real, random);
  return { key: real.key, value, headers: headers ?? real.headers, mutation: name, must };
}

export const MUTATION_NAMES: readonly string[] = MUTATIONS.map(({ name }) => name);

/** Hex SHA-256 of a record's value; of no bytes where it has none. */
export function digestOf({ value }: OutgoingRecord): string {
  return createHash('sha256')
    .update(value ?? new Uint8Array())
    .digest('hex');
}
