import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TrustedKeys } from '#evidence/verify/policy.js';
import { outcomeText, resultLines } from '#evidence/verify/sentence.js';
import { type CityBundle, cityBundle } from './city-bundle.js';
import { edit, Forge, failures } from './forge.js';
import { type Files, seal } from './make-bundle.js';
import { sha256Hex, TestKey } from './test-log.js';

let city: CityBundle;
let forge: Forge;

beforeAll(() => {
  city = cityBundle({ seed: 7, cases: 60, about: 5 });
  forge = new Forge(city);
});

const verify = (files: Files, trusted?: TrustedKeys | null) => forge.verify(files, trusted);
const forged = (change: (files: Files) => void) => forge.forged(change);

interface Chain {
  entity: string;
  count: number;
  records: number[];
}

/** The file of a case's chain with at least so many records. */
function chainFile(least: number): { path: string; chain: Chain } {
  for (const path of city.files.keys()) {
    if (!path.startsWith('data/entity/')) continue;
    const chain = JSON.parse(Buffer.from(city.files.get(path) ?? []).toString()) as Chain;
    if (chain.entity.startsWith('case:') && chain.records.length >= least) return { path, chain };
  }
  throw new Error('no such chain');
}

function without(files: Files, index: number): void {
  files.delete(`data/records/${index}.json`);
  files.delete(`data/proofs/${index}.tlog-proof`);
  files.delete(`data/disclosures/${index}.json`);
}

/** Index of the first record of the bundle with that action. */
function recordOf(action: string): number {
  for (const [path, bytes] of city.files)
    if (path.startsWith('data/records/')) {
      const leaf = JSON.parse(Buffer.from(bytes).toString()) as { action: string };
      if (leaf.action === action) return Number(/\d+/.exec(path)?.[0]);
    }
  throw new Error(`no ${action}`);
}

describe('a bundle as it was made', () => {
  it('is verified, with every finding reached again', () => {
    const result = verify(city.files);
    expect(failures(result)).toEqual([]);
    expect(result.exit).toBe(0);
    const findings = [...city.files.keys()].filter((path) => path.startsWith('data/records/'));
    expect(result.tally.records).toBe(findings.length);
    expect(result.tally.findings).toBeGreaterThan(20);
  });

  it('without keys from outside is not called verified, although all fits', () => {
    const result = verify(city.files, null);
    expect(failures(result)).toEqual([{ code: 14, key: 'keys.own', place: null }]);
  });

  it('has a sentence in both languages that fills all its places', () => {
    for (const language of ['zh', 'en'] as const)
      for (const line of resultLines(language, verify(city.files)))
        expect(line).not.toMatch(/[{}]/);
  });
});

describe('an exporter who holds the export key', () => {
  it('leaves out a record in the middle of a chain: named by its number', () => {
    const { path, chain } = chainFile(5);
    const index = chain.records[2] as number;
    const result = forged((files) => {
      without(files, index);
      edit<Chain>(files, path, (one) => ({
        ...one,
        count: one.count - 1,
        records: one.records.filter((record) => record !== index),
      }));
    });
    expect(result.exit).toBe(15);
    const missing = result.outcomes.find(({ key }) => key === 'entity.missing');
    expect(missing?.params).toMatchObject({ entity: chain.entity, seq: 3 });
    expect(outcomeText('zh', missing as never)).toContain('第 3 条记录不在证据包中');
  });

  it('leaves out the last records of a chain: named, since the log committed to its length', () => {
    const { path, chain } = chainFile(4);
    const last = chain.records.slice(-2);
    const result = forged((files) => {
      for (const index of last) without(files, index);
      edit<Chain>(files, path, (one) => ({
        ...one,
        count: one.count - 2,
        records: one.records.slice(0, -2),
      }));
    });
    expect(result.exit).toBe(15);
    const missing = result.outcomes.filter(({ key }) => key === 'entity.missing');
    expect(missing.map(({ params }) => params.seq)).toEqual([chain.count - 1, chain.count]);
  });

  it('leaves out a whole chain: named by the entity', () => {
    const { path, chain } = chainFile(2);
    const result = forged((files) => {
      files.delete(path);
      for (const index of chain.records) without(files, index);
    });
    expect(result.exit).toBe(15);
    expect(failures(result)).toContainEqual({ code: 15, key: 'entity.absent', place: null });
  });

  it('takes a record out of its chain but leaves it in: not accounted for', () => {
    const { path, chain } = chainFile(3);
    const result = forged((files) => files.delete(path));
    expect(failures(result)).toContainEqual({
      code: 15,
      key: 'record.unlisted',
      place: `data/records/${chain.records[0]}.json`,
    });
  });

  it('edits a record: it no longer leads to the signed checkpoint, and the next one says so too', () => {
    const { chain } = chainFile(3);
    const place = `data/records/${chain.records[0]}.json`;
    const result = forged((files) => {
      const leaf = Buffer.from(files.get(place) ?? []).toString();
      files.set(place, Buffer.from(leaf.replace('"actor":"monitor"', '"actor":"nobody"')));
    });
    expect(failures(result)).toEqual([
      { code: 13, key: 'record.proof', place },
      { code: 15, key: 'entity.joint', place: `data/records/${chain.records[1]}.json` },
    ]);
  });

  it('gives one record the proof of another', () => {
    const { chain } = chainFile(3);
    const [one, other] = chain.records as [number, number];
    const result = forged((files) => {
      const proof = Buffer.from(files.get(`data/proofs/${other}.tlog-proof`) ?? []).toString();
      const path = `data/proofs/${one}.tlog-proof`;
      files.set(path, Buffer.from(proof.replace(`index ${other}`, `index ${one}`)));
    });
    expect(failures(result)).toEqual([
      { code: 13, key: 'record.proof', place: `data/records/${one}.json` },
    ]);
  });

  it('shows another finding than the one recorded', () => {
    const place = `data/disclosures/${recordOf('finding.raised')}.json`;
    const result = forged((files) => {
      const body = Buffer.from(files.get(place) ?? []).toString();
      files.set(place, Buffer.from(body.replace(/"level":"\w+"/, '"level":"notice"')));
    });
    expect(failures(result)).toContainEqual({ code: 13, key: 'payload.digest', place });
  });

  it('gives other bytes for a received event, with an index that says so', () => {
    const [place] = [...city.files.keys()].filter((path) => path.endsWith('.bin'));
    const result = forged((files) => {
      const bytes = Buffer.from(files.get(place as string) ?? []).toString();
      const changed = Buffer.from(bytes.replace('"dataVersion":1', '"dataVersion":2'));
      files.set(place as string, changed);
      edit<{ file: string; digest: string }[]>(files, 'data/source-events/index.json', (events) =>
        events.map((one) => (one.file === place ? { ...one, digest: sha256Hex(changed) } : one)),
      );
    });
    expect(failures(result)).toContainEqual({ code: 13, key: 'source.digest', place });
  });

  it('puts another rule under the same number: evaluation differs, naming rule, case and what differs', () => {
    const statements = JSON.parse(
      Buffer.from(city.files.get('data/reevaluation.json') ?? []).toString(),
    ) as { ruleVersion: string; leafIndex: number; caseId: string }[];
    const of = statements.find(({ ruleVersion }) => ruleVersion === 'OD-02@1');
    expect(of).toBeDefined();
    const result = forged((files) => {
      edit<{ rules: { file: string; ruleId: string; digest: string }[] }>(
        files,
        'data/rules/index.json',
        (index) => {
          const rule = index.rules.find(({ ruleId }) => ruleId === 'OD-02');
          const text = Buffer.from(files.get(rule?.file ?? '') ?? []).toString();
          const changed = Buffer.from(text.replaceAll('level: red', 'level: yellow'));
          files.set(rule?.file ?? '', changed);
          if (rule !== undefined) rule.digest = sha256Hex(changed);
          return index;
        },
      );
    });
    expect(result.exit).toBe(16);
    const differs = result.outcomes.find(({ key }) => key === 'reevaluation.differs');
    expect(differs?.params).toMatchObject({ rule: 'OD-02@1' });
    expect(String(differs?.params.differs)).toContain('level: "red" ≠ "yellow"');
    expect(city.caseIds).toContain(differs?.params.case);
  });

  it('leaves a finding out of what is to be reached', () => {
    let place = '';
    const result = forged((files) =>
      edit<{ leafIndex: number }[]>(files, 'data/reevaluation.json', ([first, ...rest]) => {
        place = `data/records/${first?.leafIndex}.json`;
        return rest;
      }),
    );
    expect(failures(result)).toEqual([{ code: 16, key: 'statement.missing', place }]);
  });

  it('takes the signature of another bundle', () => {
    const result = verify(seal(city.files, undefined, 'full', 'MZ-2026-0002'));
    expect(failures(result)).toEqual([
      { code: 12, key: 'signature.number', place: 'signatures/manifest.ed25519' },
    ]);
  });
});

describe('somebody without the keys', () => {
  it('signs with a key of the same name', () => {
    const result = verify(seal(city.files, new TestKey('export.test.example', 4)));
    expect(result.exit).toBe(12);
    expect(result.outcomes[0]).toMatchObject({ key: 'signature.invalid' });
  });

  it('adds a file, and removes one', () => {
    const more = new Map(city.files).set('data/more.json', Buffer.from('{}'));
    expect(failures(verify(more))).toEqual([
      { code: 11, key: 'file.extra', place: 'data/more.json' },
    ]);
    const fewer = new Map(city.files);
    fewer.delete('data/loose.json');
    expect(failures(verify(fewer))[0]).toEqual({
      code: 11,
      key: 'file.missing',
      place: 'data/loose.json',
    });
  });
});

describe('a holder of the log key without the witnesses', () => {
  it('shows another checkpoint: refused for want of a quorum', () => {
    const result = forged((files) => {
      const path = [...files.keys()].filter((name) => name.startsWith('data/checkpoints/')).at(-1);
      const note = Buffer.from(files.get(path as string) ?? []).toString();
      const lines = note.split('\n');
      files.set(path as string, Buffer.from(`${lines.slice(0, -2).join('\n')}\n`));
    });
    expect(result.outcomes[0]).toMatchObject({
      code: 14,
      key: 'checkpoint.refused',
      params: { reason: 'quorum' },
    });
  });

  it('shows a state that the log never went through', () => {
    const result = forged((files) => {
      const [path] = [...files.keys()].filter((name) => name.startsWith('data/consistency/'));
      const lines = Buffer.from(files.get(path as string) ?? [])
        .toString()
        .split('\n');
      files.set(path as string, Buffer.from(lines.slice(1).join('\n')));
    });
    expect(result.exit).toBe(17);
  });
});
