import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createDecoder } from '#core/event/decode.js';
import { citySettings } from '#simulator/city-settings.js';
import { type SimulateOptions, simulate, truthOf } from '#simulator/simulate.js';
import { workload } from '#simulator/workload.js';

const SMALL: SimulateOptions = { seed: 11, cases: 3000, days: 90, startOn: '2025-01-02' };

function digestOf(options: SimulateOptions): string {
  const hash = createHash('sha256');
  for (const record of simulate(options)) hash.update(JSON.stringify(record));
  return hash.digest('hex');
}

describe('simulate', () => {
  it('gives the same bytes for the same seed and others for another', () => {
    const options = { ...SMALL, cases: 400 };
    expect(digestOf(options)).toBe(digestOf(options));
    expect(digestOf({ ...options, seed: 12 })).not.toBe(digestOf(options));
  });

  it('sends reference facts first and then every record in order of arrival, none after the end', () => {
    const { asOf } = citySettings(SMALL);
    let previous = '';
    let cases = false;
    for (const { receivedAt, value } of simulate(SMALL)) {
      expect(receivedAt >= previous && Date.parse(receivedAt) <= Date.parse(asOf)).toBe(true);
      previous = receivedAt;
      const { type } = JSON.parse(value) as { type: string };
      if (type.startsWith('approval.')) cases = true;
      if (/^(catalog|org|calendar)\./.test(type)) expect(cases).toBe(false);
    }
  });

  it('keeps the contract of events with every record', () => {
    const feeds = new Map(citySettings(SMALL).feeds.map((feed) => [feed.source, feed]));
    const decoder = createDecoder({ feeds: (source) => feeds.get(source) ?? null });
    const refused: string[] = [];
    for (const { receivedAt, value } of simulate(SMALL)) {
      const decoded = decoder.decode({ value, receivedAt: Date.parse(receivedAt), digest: '' });
      if (!decoded.ok) refused.push(JSON.stringify(decoded.rejected));
    }
    expect(refused).toEqual([]);
  });

  it('tags the first record of a case with what truthOf says of it', () => {
    const tagged = [...simulate(SMALL)].flatMap(({ labels = [] }) => labels);
    const key = (one: object) => JSON.stringify(one);
    expect(tagged.map(key).sort()).toEqual(truthOf(SMALL).hits.map(key).sort());
  });

  it('numbers the events of a case without repetition, second versions and copies apart', () => {
    const seen = new Map<string, string>();
    for (const { value } of simulate(SMALL)) {
      const { source, id, data } = JSON.parse(value) as {
        source: string;
        id: string;
        data: { dataVersion: number };
      };
      const identity = `${source} ${id} ${data.dataVersion}`;
      expect(seen.get(identity) ?? value).toBe(value);
      seen.set(identity, value);
    }
  });

  it('refuses a run that leaves the calendar, and says what to change', () => {
    const late = { ...SMALL, startOn: '2026-11-01' };
    expect(() => [...simulate(late)]).toThrow('move startOn or lower days');
  });

  it('leaves behaviours of other rules out where only some are asked for', () => {
    const truth = truthOf({ ...SMALL, only: ['OD-13'], behaviourShare: 0.5 });
    expect(new Set(truth.nearMisses.map(({ ruleId }) => ruleId))).toEqual(new Set(['OD-13']));
  });

  it('makes every case of the workload lawful', () => {
    const options = { seed: 3, casesPerDay: 20, days: 20, startOn: '2025-03-03' };
    const records = [...workload(options)];
    expect(records.length).toBeGreaterThan(400 * 10);
    expect(records.flatMap(({ nearMisses = [] }) => nearMisses)).toEqual([]);
  });
});
