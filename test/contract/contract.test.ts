import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { contractFiles } from '#contract/generate.js';
import { createDecoder } from '#core/event/decode.js';
import { REJECT_REASONS } from '#core/event/rejection.js';
import { VOCABULARY } from '#core/event/vocabulary.js';
import { quarantineRecord } from '#streams/quarantine-record.js';

const CONTRACT = join(import.meta.dirname, '../../libs/contract');
const sourceTypes = [...VOCABULARY.values()].filter((type) => type.origin === 'source');

function fileOf(path: string): string {
  return readFileSync(join(CONTRACT, path), 'utf8');
}

function objectIn(path: string): Record<string, unknown> {
  return JSON.parse(fileOf(path));
}

function schemas(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: false,
    strict: true,
    strictRequired: false,
    strictTypes: false,
  });
  formats.default(ajv);
  for (const name of readdirSync(join(CONTRACT, 'schema'))) {
    ajv.addSchema(objectIn(`schema/${name}`), name);
  }
  return ajv;
}

const ajv = schemas();
const decoder = createDecoder({
  feeds: (source) => ({ source, authority: source, agreedDelayHours: 24, batch: false }),
});

function decodeJson(text: string) {
  return decoder.decode({ value: text, receivedAt: 0, digest: 'd' });
}

describe('the published contract', () => {
  it('is what the vocabulary generates: run node dist/libs/contract/generate.js after a change', () => {
    const files = contractFiles();
    const stale = [...files].filter(([path, text]) => {
      try {
        return fileOf(path) !== text;
      } catch {
        return true;
      }
    });
    expect(stale.map(([path]) => path)).toEqual([]);
    const present = ['schema', 'examples'].flatMap((folder) =>
      readdirSync(join(CONTRACT, folder)).map((name) => `${folder}/${name}`),
    );
    expect(present.filter((path) => !files.has(path))).toEqual([]);
  });

  it('has one schema and one example for every type that a source may send', () => {
    expect(readdirSync(join(CONTRACT, 'examples')).sort()).toEqual(
      sourceTypes.map(({ type }) => `${type}.json`).sort(),
    );
  });

  it.each(sourceTypes.map(({ type }) => [type]))(
    'accepts the example of %s in both ways',
    (type) => {
      const validate = ajv.getSchema(`${type}.json`);
      const text = fileOf(`examples/${type}.json`);
      expect(validate?.(JSON.parse(text))).toBe(true);
      expect(validate?.errors ?? null).toBeNull();
      const decoded = decodeJson(text);
      expect(decoded).toMatchObject({ ok: true });
      const asOlder = text.replace('"vocabularyVersion": "1.1"', '"vocabularyVersion": "1.0"');
      expect(validate?.(JSON.parse(asOlder))).toBe(true);
      expect(decodeJson(asOlder)).toMatchObject({ ok: true });
    },
  );

  it('describes three topics, and every message has its schema', () => {
    const api = parse(fileOf('asyncapi.yaml'));
    expect(api.asyncapi).toBe('3.0.0');
    const channels: {
      address: string;
      messages: Record<string, { payload: { schema: { $ref: string } } }>;
    }[] = Object.values(api.channels);
    expect(channels.map(({ address }) => address)).toEqual([
      'mingcha.events',
      'mingcha.alerts',
      'mingcha.quarantine',
    ]);
    const refs = channels.flatMap(({ messages }) =>
      Object.values(messages).map(({ payload }) => payload.schema.$ref),
    );
    for (const ref of refs) expect(() => fileOf(ref)).not.toThrow();
    expect(refs.length).toBeGreaterThan(sourceTypes.length);
  });
});

describe('the guides', () => {
  it.each(['docs/events.md', 'docs/events.zh-CN.md'])(
    '%s shows an event that is accepted',
    (path) => {
      const guide = readFileSync(join(CONTRACT, '../..', path), 'utf8');
      const blocks = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) =>
        JSON.parse(text ?? ''),
      );
      const [received, corrected] = blocks;
      expect(blocks).toHaveLength(2);
      expect(decodeJson(JSON.stringify(received))).toMatchObject({ ok: true });
      // The correction leaves the envelope out; with that of the first example it is a whole event.
      const data = { ...received.data, ...corrected.data };
      expect(decodeJson(JSON.stringify({ ...corrected, data }))).toMatchObject({ ok: true });
      for (const reason of REJECT_REASONS) expect(guide).toContain(`| \`${reason}\` |`);
    },
  );
});

describe('a quarantined record', () => {
  it('is written to its topic as its schema says', () => {
    const value = new TextEncoder().encode('{"id": 1');
    const decoded = decoder.decode({ value, receivedAt: 0, digest: 'd' });
    if (decoded.ok) throw new Error('was accepted');
    const { reason, field, source } = decoded.rejected;
    const record = quarantineRecord(
      {
        topic: 'mingcha.events',
        partition: 3,
        offset: 42n,
        key: 'N1',
        value,
        headers: {},
        appendedAt: 1_757_901_700_000,
      },
      { reason, field, source, detail: null },
    );
    const validate = ajv.getSchema('record.quarantined.json');
    validate?.(record);
    expect(validate?.errors).toBeNull();
  });
});

describe('reject texts', () => {
  const texts = { zh: objectIn('locale/reject.zh.json'), en: objectIn('locale/reject.en.json') };
  const keys = REJECT_REASONS.flatMap((reason) => [
    `reject.${reason}.text`,
    `reject.${reason}.repair`,
  ]);

  it('say in both languages what is wrong and how to repair it', () => {
    expect(Object.keys(texts.zh).sort()).toEqual([...keys].sort());
    expect(Object.keys(texts.en).sort()).toEqual([...keys].sort());
  });

  it('name the same parameters', () => {
    const params = (text: unknown) =>
      [...String(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const key of keys)
      expect([key, params(texts.zh[key])]).toEqual([key, params(texts.en[key])]);
  });

  it.each([
    ['', 'empty'],
    ['x', 'not-json'],
    ['[]', 'not-cloudevents'],
    [
      fileOf('examples/feed.heartbeat.json').replace('"feed.heartbeat"', '"feed.beat"'),
      'unknown-type',
    ],
    [
      fileOf('examples/feed.heartbeat.json').replace('"feed.heartbeat"', '"audit.broken"'),
      'reserved-type',
    ],
    [fileOf('examples/feed.heartbeat.json').replace('"1.1"', '"3"'), 'unknown-vocabulary-version'],
    [fileOf('examples/feed.heartbeat.json').replace('"from"', '"since"'), 'missing-field'],
    [fileOf('examples/feed.heartbeat.json').replace('"second"', '"minute"'), 'malformed-field'],
    [fileOf('examples/feed.heartbeat.json').replaceAll('+08:00', ''), 'time-without-zone'],
  ])('find their parameters in the rejection (%#)', (text, reason) => {
    const decoded = decodeJson(text);
    if (decoded.ok) throw new Error('was accepted');
    expect(decoded.rejected.reason).toBe(reason);
    const template = String(texts.en[`reject.${reason}.text`]);
    for (const [, name] of template.matchAll(/\{(\w+)\}/g)) {
      const value = name === 'field' ? decoded.rejected.field : decoded.rejected.params[name ?? ''];
      expect([name, value ?? null]).not.toEqual([name, null]);
    }
  });
});
