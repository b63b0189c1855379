/** JSON Schema (2020-12) of a rule file; unknown fields are refused so that a misspelt one cannot silently do nothing. */
const text = {
  type: 'object',
  additionalProperties: false,
  required: ['zh', 'en'],
  properties: { zh: { type: 'string', minLength: 1 }, en: { type: 'string', minLength: 1 } },
} as const;

const level = { enum: ['data', 'lead', 'notice', 'yellow', 'red'] } as const;
const predicate = { type: 'string', minLength: 1 } as const;
const types = { type: 'array', items: { type: 'string' }, minItems: 1 } as const;
const limit = {
  type: 'object',
  additionalProperties: false,
  required: ['value', 'unit'],
  properties: {
    value: { oneOf: [{ type: 'number', minimum: 0 }, predicate] },
    unit: { enum: ['G', 'Z', 'H'] },
  },
} as const;
const counting = { enum: ['workday', 'calendar-date', 'elapsed', 'item'] } as const;
const base = { name: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' }, when: predicate, counting };

const deadlineLevels = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['level'],
    properties: {
      level,
      share: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
      remaining: { type: 'number', minimum: 0 },
      after: { type: 'number', minimum: 0 },
      afterDays: { type: 'number', minimum: 0 },
      times: { type: 'number', minimum: 1 },
      limit,
      minLimit: { type: 'number', minimum: 0 },
    },
    oneOf: ['share', 'remaining', 'after', 'afterDays', 'times', 'limit'].map((name) => ({
      required: [name],
    })),
  },
} as const;

function window(kind: string, required: readonly string[], properties: object): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['kind', ...required],
    properties: { kind: { const: kind }, ...base, ...properties },
  };
}

const settings = {
  type: 'object',
  additionalProperties: false,
  properties: {
    restDayStart: { enum: ['calendar', 'next-working-day'] },
    afterHours: { enum: ['same-day', 'next-working-day'] },
    postpone: { type: 'boolean' },
    graceMinutes: { type: 'integer', minimum: 0 },
  },
} as const;

const judge = { enum: ['open', 'completed'] } as const;

export const WINDOW_SCHEMAS: Readonly<Record<string, object>> = {
  deadline: window('deadline', ['from', 'until', 'levels', 'counting'], {
    from: { oneOf: [{ const: 'acceptance' }, types] },
    until: types,
    match: types,
    untilWhen: predicate,
    order: { enum: ['after', 'any'] },
    clock: { enum: ['promised', 'statutory'] },
    limit: { oneOf: [limit, predicate] },
    startOn: predicate,
    dueOn: predicate,
    settings,
    judge,
    levels: deadlineLevels,
  }),
  absence: window('absence', ['of', 'limit', 'levels', 'counting'], {
    of: { oneOf: [{ const: '*' }, types] },
    limit,
    judge,
    levels: deadlineLevels,
  }),
  count: window('count', ['of', 'levels'], {
    of: types,
    key: predicate,
    withinMinutes: { type: 'number', exclusiveMinimum: 0 },
    by: { enum: ['occurredAt', 'recordedAt'] },
    levels: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['level', 'atLeast'],
        properties: { level, atLeast: { type: 'integer', minimum: 1 }, when: predicate },
      },
    },
  }),
  sequence: window('sequence', ['then', 'level'], {
    first: types,
    firstWhen: predicate,
    // biome-ignore lint/suspicious/noThenProperty: the rule language says "first … then"
    then: types,
    firstOn: predicate,
    thenOn: predicate,
    fewerThan: limit,
    moreThan: limit,
    pathFrom: predicate,
    pathTo: predicate,
    reset: types,
    level,
  }),
  order: window('order', ['earlier', 'later', 'level'], {
    earlier: types,
    earlierWhen: predicate,
    later: types,
    level,
  }),
  'same-actor': window('same-actor', ['parts', 'actor', 'level'], {
    parts: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['of'],
        properties: { of: types, when: predicate },
      },
    },
    actor: predicate,
    level,
  }),
  condition: window('condition', ['on', 'levels'], {
    on: { oneOf: [{ const: '*' }, types] },
    settleDays: { type: 'integer', minimum: 0 },
    since: { enum: ['occurredAt', 'recordedAt', 'receivedAt', 'versioned'] },
    future: { type: 'boolean' },
    once: { type: 'boolean' },
    absence: { type: 'boolean' },
    levels: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['level', 'when'],
        properties: { level, when: predicate },
      },
    },
  }),
  manual: window('manual', ['level'], { level }),
};

export const RULE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'version',
    'family',
    'effective',
    'name',
    'text',
    'basis',
    'answerable',
    'windows',
    'exceptions',
    'examples',
  ],
  properties: {
    id: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9-]{1,39}$' },
    version: { type: 'integer', minimum: 1 },
    family: { type: 'string', minLength: 1 },
    effective: {
      type: 'object',
      additionalProperties: false,
      required: ['from'],
      properties: { from: { type: 'string' }, to: { type: 'string' } },
    },
    name: text,
    text,
    basis: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['law', 'article'],
        properties: { law: text, article: { type: 'string' }, local: { type: 'boolean' } },
      },
    },
    answerable: { type: 'array', items: { type: 'string' }, minItems: 1 },
    points: { type: 'number', minimum: 0 },
    params: { type: 'object' },
    windows: { type: 'array', minItems: 1, items: { type: 'object', required: ['kind'] } },
    exceptions: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['code', 'by', 'text'],
        properties: {
          code: { type: 'string' },
          by: { enum: ['when', 'clock', 'closing', 'person'] },
          when: predicate,
          windows: types,
          text,
        },
      },
    },
    examples: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['is', 'events', 'asOf', 'expect'],
        properties: {
          is: { type: 'string' },
          item: { type: 'object' },
          references: { type: 'object' },
          region: { type: 'object' },
          events: { type: 'array', items: { type: 'object', required: ['type', 'at'] } },
          asOf: { type: 'string' },
          expect: {
            type: 'array',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['level'],
              properties: { level, since: { type: 'string' }, until: { type: 'string' } },
            },
          },
        },
      },
    },
  },
} as const;
