import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CityBundle, cityBundle } from './city-bundle.js';
import { edit, Forge, failures } from './forge.js';
import { type Files, policyOf, seal } from './make-bundle.js';

const PATH = 'data/custody.json';
const SHELL = join(import.meta.dirname, '../../../libs/evidence/carried/verify.sh');
const PYTHON = join(import.meta.dirname, 'second', 'verify_bundle.py');

interface OfRequest {
  entity: string;
  records: { leafIndex: number; leaf: string; proof: string }[];
}

let city: CityBundle;
let forge: Forge;
let folder: string;

beforeAll(() => {
  city = cityBundle({ seed: 11, cases: 30, about: 1 });
  forge = new Forge(city);
  folder = mkdtempSync(join(tmpdir(), 'approval-'));
  writeFileSync(join(folder, 'policy.txt'), policyOf(city.run.log));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const deed = (at: number): number =>
  JSON.parse(Buffer.from(city.files.get(PATH) ?? []).toString()).records[at].leafIndex;

/** First line of the shell's verifier, and all lines of the one in Python. */
function byOthers(files: Files): { readonly shell: string; readonly python: string[] } {
  const bag = join(folder, 'bag');
  rmSync(bag, { recursive: true, force: true });
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(bag, path)), { recursive: true });
    writeFileSync(join(bag, path), bytes);
  }
  const env = { PATH: process.env.PATH };
  const options = { encoding: 'utf8', env } as const;
  const keys = ['--keys', join(folder, 'policy.txt'), '--lang', 'en'];
  const shell = spawnSync('sh', [SHELL, bag, ...keys], options);
  const python = spawnSync('python3', ['-I', PYTHON, bag], options);
  expect([shell.stderr, python.stderr]).toEqual(['', '']);
  return {
    shell: shell.stdout.split('\n')[0] ?? '',
    python: python.stdout.split('\n').slice(0, -1),
  };
}

/** What all three say of a forged bundle: the codes of their first lines, and the places that they name there. */
function forged(change: (files: Files) => void) {
  const files = new Map(city.files);
  change(files);
  return judged(seal(files));
}

function judged(files: Files) {
  const result = forge.verify(files);
  const { shell, python } = byOthers(files);
  const first = result.outcomes.find(({ code }) => code !== 0);
  expect(shell).toContain(first === undefined ? 'Verified' : `[${first.code}]`);
  expect(shell).toContain(first?.place ?? '');
  expect(python[0] ?? '').toBe(first === undefined ? '' : `${first.code} ${first.place}`);
  return result;
}

const editRequest = (change: object) => (files: Files) =>
  edit<object>(files, 'data/request.json', (one) => ({ ...one, ...change }));

const editRecords = (change: (records: OfRequest['records']) => OfRequest['records']) => {
  return (files: Files) =>
    edit<OfRequest>(files, PATH, (one) => ({ ...one, records: change(one.records) }));
};

describe('that a bundle was asked for and approved', () => {
  it('is found by three verifiers', () => {
    expect(judged(city.files).exit).toBe(0);
  });

  it('is not where the records of it are missing', () => {
    for (const [kept, missing] of [
      [0, ['export.requested', 'export.approved']],
      [1, ['export.approved']],
    ] as const) {
      const result = forged(editRecords((records) => records.slice(0, kept)));
      expect(result.exit).toBe(15);
      expect(result.outcomes.map(({ key, params }) => [key, params.action])).toEqual(
        missing.map((action) => ['custody.absent', action]),
      );
    }
    const none = forged((files) => files.delete(PATH));
    expect(failures(none)).toEqual([{ code: 11, key: 'file.missing', place: PATH }]);
  });

  it('is not shown by records without their beginning, or of another request', () => {
    const cut = forged(editRecords((records) => records.slice(1)));
    const place = `${PATH}#${deed(1)}`;
    expect(failures(cut)[0]).toEqual({ code: 15, key: 'entity.joint', place });
    const other = forged(editRequest({ requestNo: '2026-0002' }));
    expect(other.exit).toBe(15);
    expect(failures(other)).toContainEqual({ code: 15, key: 'custody.entity', place: PATH });
  });

  it('is not shown by a record that the log does not hold', () => {
    const result = forged(
      editRecords((records) =>
        records.map((one) => ({ ...one, leaf: one.leaf.replace('"p-liu"', '"p-sun"') })),
      ),
    );
    const place = `${PATH}#${deed(1)}`;
    expect(failures(result)[0]).toEqual({ code: 13, key: 'record.proof', place });
  });

  it.each([
    ['requesters', ['p-wang', 'p-sun'], 0],
    ['purpose', 'something else', 0],
    ['basis', { notice: '莲纪调〔2026〕2号', cause: '某案' }, 0],
    ['scope', { kind: 'query' }, 0],
    ['approver', 'p-sun', 1],
    ['approvedAt', '2026-05-01T00:00:00.000Z', 1],
    ['otherEdition', 'MZS-2026-0001', 1],
  ] as const)('is of another %s than the request says', (what, value, at) => {
    const result = forged(editRequest({ [what]: value }));
    const place = `${PATH}#${deed(at)}`;
    expect(failures(result)).toEqual([{ code: 13, key: 'custody.differs', place }]);
    expect(result.outcomes[0]?.params).toEqual({ what });
  });

  it('is of another number', () => {
    const files = new Map(city.files);
    editRequest({ number: 'MZ-2026-0002' })(files);
    const result = judged(seal(files, undefined, 'full', 'MZ-2026-0002'));
    const place = `${PATH}#${deed(1)}`;
    expect(failures(result)).toEqual([{ code: 13, key: 'custody.differs', place }]);
  });

  it('is later than the state that the bundle speaks of', () => {
    const place = `${PATH}#${deed(1)}`;
    const result = forged(editRequest({ indexSize: deed(1) }));
    expect(failures(result)[0]).toEqual({ code: 15, key: 'custody.late', place });
  });

  it.each([
    ['one person', { requesters: ['p-wang'], approver: 'p-liu' }],
    ['one person twice', { requesters: ['p-wang', 'p-wang'], approver: 'p-liu' }],
    ['who approved it too', { requesters: ['p-wang', 'p-liu'], approver: 'p-liu' }],
  ])('is not enough by %s', (_, persons) => {
    const result = judged(city.again({ caseIds: city.caseIds, persons }));
    expect(failures(result)).toEqual([{ code: 15, key: 'custody.persons', place: PATH }]);
  });

  it('is not enough by one person in two ways of writing', () => {
    const persons = { requesters: ['p-wang', 'ｐ－ｗａｎｇ'], approver: 'p-liu' };
    const files = city.again({ caseIds: city.caseIds, persons });
    expect(failures(forge.verify(files))).toMatchObject([{ key: 'custody.persons' }]);
    // The shell's verifier compares what is written (VERIFY.md).
    const { shell, python } = byOthers(files);
    expect([shell.slice(0, 8), python]).toEqual(['Verified', [`15 ${PATH}`]]);
  });
});
