import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifierFiles } from '#evidence/verifier-files.js';
import { Report } from '#evidence/verify/outcome.js';
import { parsePolicy, type TrustedKeys } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { openBundle } from '#evidence/verify/shell/open-bundle.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import { Random } from '#simulator/random.js';
import { itWith } from '#test/env/needed-program.js';
import { cityBundle } from './city-bundle.js';
import { type Files, policyOf, seal, zipOf } from './make-bundle.js';

const LONG = process.env.MINGCHA_LONG === 'true';
/** Many processes are started, two at a time with the other tests. */
const MOST_MS = 900_000;
const mingcha = join(import.meta.dirname, '..', '..', '..', 'dist', 'apps', 'cli', 'main.js');
const second = join(import.meta.dirname, 'second', 'verify_bundle.py');

let files: Files;
let keys: TrustedKeys;
let folder: string;
const random = new Random(4);

beforeAll(() => {
  const city = cityBundle({ seed: 11, cases: 30, about: 1 });
  keys = parsePolicy(policyOf(city.run.log));
  folder = mkdtempSync(join(tmpdir(), 'damage-'));
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'policy.txt'), policyOf(city.run.log));
  const payload = new Map(city.files);
  for (const { path, bytes } of verifierFiles()) {
    payload.set(`data/verify/${path}`, bytes);
    copyFileSync(copied(path, bytes), join(folder, 'empty', path));
  }
  files = seal(payload);
  unpack(files);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function copied(path: string, bytes: Uint8Array): string {
  const target = join(folder, path);
  writeFileSync(target, bytes);
  return target;
}

const bag = (): string => join(folder, 'bag');

function unpack(of: Files): void {
  rmSync(bag(), { recursive: true, force: true });
  for (const [path, bytes] of of) {
    mkdirSync(dirname(join(bag(), path)), { recursive: true });
    writeFileSync(join(bag(), path), bytes);
  }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7));
  return changed;
}

const verify = (of: Files) =>
  verifyBundle({ files: of, report: new Report() }, keys, nodeMachinery);

interface Said {
  readonly status: number | null;
  readonly stdout: string;
}

const ENV = { PATH: process.env.PATH };

/** The carried verifier in a folder without node_modules. */
const byMjs = (target: string): Said =>
  spawnSync(process.execPath, ['verify.mjs', target, '--keys', '../policy.txt', '--lang', 'en'], {
    cwd: join(folder, 'empty'),
    encoding: 'utf8',
    env: ENV,
  });

const byShell = (target: string): Said =>
  spawnSync('sh', ['verify.sh', target, '--keys', '../policy.txt', '--lang', 'en'], {
    cwd: join(folder, 'empty'),
    encoding: 'utf8',
    env: ENV,
  });

const byCommand = (target: string): Said =>
  spawnSync(
    process.execPath,
    [mingcha, 'verify', target, '--keys', join(folder, 'policy.txt'), '--lang', 'en'],
    { encoding: 'utf8', env: ENV },
  );

const withPython = itWith('python3');
const byPython = (target: string): Said =>
  spawnSync('python3', ['-I', second, target], { encoding: 'utf8', env: ENV });

describe('one changed byte', () => {
  it('in any file, wherever in it, is reported with the name of that file first', () => {
    const missed: string[] = [];
    for (const [path, bytes] of files) {
      const any = random.between(0, bytes.length - 1);
      const places = LONG ? new Set([0, bytes.length - 1, any]) : new Set([any]);
      for (const at of places) {
        const { outcomes } = verify(new Map(files).set(path, flipped(bytes, at)));
        if (outcomes[0]?.place !== path || outcomes[0].code === 0)
          missed.push(`${path} at ${at}: ${outcomes[0]?.key} ${outcomes[0]?.place}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('in a signature or in the tag manifest is reported', () => {
    const missed: string[] = [];
    for (const path of ['signatures/manifest.ed25519', 'tagmanifest-sha256.txt']) {
      const bytes = files.get(path) as Uint8Array;
      for (let at = 0; at < bytes.length; at += LONG ? 1 : 5) {
        const { outcomes } = verify(new Map(files).set(path, flipped(bytes, at)));
        if (outcomes[0]?.place !== path) missed.push(`${path} at ${at}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it(
    'anywhere in the zip is reported by verify.mjs and mingcha verify, with a file or a place',
    () => {
      const zip = zipOf(files);
      const end = zip.length - 22;
      const directory = Buffer.from(zip).readUInt32LE(zip.length - 6);
      const places = [
        ...Array.from({ length: LONG ? 60 : 8 }, () => random.between(0, zip.length - 1)),
        ...Array.from({ length: LONG ? 20 : 4 }, () => random.between(directory, end - 1)),
        end + 10,
        end + 16,
      ];
      const target = join(folder, 'damaged.zip');
      for (const at of places) {
        writeFileSync(target, flipped(zip, at));
        for (const said of [byMjs(target), byCommand(target)]) {
          expect(said.status).toBeGreaterThanOrEqual(3);
          expect(said.stdout).toMatch(/\[\d+\] .*(data\/|txt|signatures\/|at byte \d+)/);
        }
      }
    },
    MOST_MS,
  );
});

describe('verifiers', () => {
  it('are one file that works in an empty folder, without a network where the system can take it away', () => {
    const zip = join(folder, 'whole.zip');
    writeFileSync(zip, zipOf(files));
    expect(readdirSync(join(folder, 'empty')).sort()).toEqual(
      verifierFiles().map(({ path }) => path),
    );
    const mine = ['verify.mjs', zip, '--keys', '../policy.txt'];
    const alone = spawnSync('unshare', ['-n', 'true']).status === 0 ? ['unshare', '-n'] : [];
    for (const [command, ...args] of [
      [...alone, process.execPath, ...mine],
      [...alone, 'sh', 'verify.sh', bag(), '--keys', '../policy.txt'],
    ]) {
      const said = spawnSync(command as string, args, {
        cwd: join(folder, 'empty'),
        encoding: 'utf8',
        env: ENV,
      });
      expect(`${said.stdout}${said.stderr}`).toContain('核验通过');
      expect(said.status).toBe(0);
    }
  });

  it('import nothing but modules of Node, and name no path of the machine that made them', () => {
    const code = readFileSync(join(folder, 'empty', 'verify.mjs'), 'utf8');
    const imports = [...code.matchAll(/^import .* from "([^"]+)"/gm)].map(([, name]) => name);
    expect(imports.length).toBeGreaterThan(3);
    expect(imports.filter((name) => !name?.startsWith('node:'))).toEqual([]);
    expect(code).not.toContain(process.cwd());
  });

  it('are built with the same bytes again', () => {
    const script = `const { verifierCode } = await import('./scripts/bundle-verifier.mjs');
      process.stdout.write(await verifierCode());`;
    const again = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '..', '..', '..'),
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    });
    expect(again.stdout).toBe(readFileSync(join(folder, 'empty', 'verify.mjs'), 'utf8'));
  });

  const NAMED = new Set([10, 11, 12, 13, 14]);

  const rewritten = (change: (request: string) => string) => (of: Files) => {
    const request = Buffer.from(of.get('data/request.json') as Uint8Array).toString();
    expect(change(request)).not.toBe(request);
    return seal(of.set('data/request.json', Buffer.from(change(request))));
  };
  /** By who holds the export key. */
  const REQUESTS: readonly (readonly [string, (of: Files) => Files, number])[] = [
    [
      'is missing',
      (of) => {
        of.delete('data/request.json');
        return seal(of);
      },
      11,
    ],
    ['states no size', rewritten((one) => one.replace(/,"treeSize":\d+/, '')), 12],
    ['states a size after a blank', rewritten((one) => one.replace('"treeSize":', '$& ')), 12],
    ['goes on in a second line', rewritten((one) => `${one}\n`), 12],
  ];

  withPython.each(REQUESTS)(
    'refuse a bundle whose request %s, however little of it can then be looked at',
    (_, change, code) => {
      unpack(change(new Map(files)));
      expect([byMjs(bag()).status, byShell(bag()).status]).toEqual([code, code]);
      expect(byPython(bag()).stdout).toMatch(new RegExp(`^${code} data/request.json`, 'm'));
      const alone = spawnSync('sh', ['verify.sh', bag(), '--lang', 'en'], {
        cwd: join(folder, 'empty'),
        encoding: 'utf8',
        env: ENV,
      });
      expect(alone.status).toBe(code);
      expect(alone.stdout).toContain('[14] No key file was given');
    },
  );

  it('read a key file as an editor on Windows leaves it, and none whose quorum is no number', () => {
    unpack(files);
    const policy = readFileSync(join(folder, 'policy.txt'), 'utf8');
    const by = (text: string, ...command: string[]) => {
      writeFileSync(join(folder, 'other.txt'), text);
      const [program = '', ...args] = command;
      return spawnSync(program, [...args, bag(), '--keys', join(folder, 'other.txt')], {
        cwd: join(folder, 'empty'),
        encoding: 'utf8',
        env: ENV,
      }).status;
    };
    for (const command of [
      ['sh', 'verify.sh'],
      [process.execPath, 'verify.mjs'],
    ]) {
      expect(by(`\ufeff${policy.replaceAll('\n', '\r\n')}`, ...command)).toBe(0);
      expect(by(policy.replace('quorum 2', 'quorum 2 # of two'), ...command)).toBe(3);
      expect(by(policy.replace('quorum 2', 'quorum all'), ...command)).toBe(3);
    }
  });

  it('name a timestamp as not checked, and never as passed', () => {
    const path = 'signatures/manifest.tsr';
    const sealed = seal(new Map(files).set(path, Buffer.from('what an authority said')));
    unpack(sealed);
    for (const said of [byMjs(bag()), byShell(bag())]) {
      expect(said.status).toBe(0);
      const lines = said.stdout.split('\n').filter((line) => line.includes(path));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(
        /^Note: .* NOT checked\. .*openssl ts -verify -in signatures\/manifest\.tsr/,
      );
    }
    unpack(new Map(sealed).set(path, Buffer.from('what it did not say')));
    for (const said of [byMjs(bag()), byShell(bag())]) {
      expect(said.status).toBe(10);
      expect(said.stdout).not.toContain('NOT checked');
    }
  });

  it('look for a bundle where it is named, whatever CDPATH says', () => {
    unpack(files);
    const said = spawnSync('sh', ['verify.sh', 'bag', '--keys', 'policy.txt'], {
      cwd: mixed(),
      encoding: 'utf8',
      env: { ...ENV, CDPATH: join(folder, 'else') },
    });
    expect(said.status).toBe(11);
  });

  /** A folder with the verifier and a damaged bundle, beside another folder with a whole one of the same name. */
  function mixed(): string {
    const here = join(folder, 'here');
    mkdirSync(here, { recursive: true });
    mkdirSync(join(folder, 'else'), { recursive: true });
    cpSync(bag(), join(folder, 'else', 'bag'), { recursive: true });
    cpSync(bag(), join(here, 'bag'), { recursive: true });
    rmSync(join(here, 'bag', 'data', 'loose.json'));
    for (const name of ['verify.sh', 'policy.txt'])
      copyFileSync(join(folder, name), join(here, name));
    return here;
  }

  withPython(
    'agree on the exit code over damaged and forged bundles, three of them',
    () => {
      const paths = [...files.keys()];
      const some = (prefix: string): string =>
        random.pick(paths.filter((path) => path.startsWith(prefix)));
      const damages: ((of: Files) => Files)[] = [
        (of) => of,
        ...[
          'data/records/',
          'data/proofs/',
          'data/checkpoints/',
          'data/',
          'data/source-events/',
        ].map((prefix) => (of: Files) => {
          const path = some(prefix);
          const bytes = of.get(path) as Uint8Array;
          return of.set(path, flipped(bytes, random.between(0, bytes.length - 1)));
        }),
        ...['manifest-sha256.txt', 'manifest-sm3.txt', 'bag-info.txt', 'bagit.txt'].map(
          (path) => (of: Files) => of.set(path, flipped(of.get(path) as Uint8Array, 5)),
        ),
        (of) => {
          of.delete(some('data/disclosures/'));
          return of;
        },
        (of) => of.set('data/another.json', Buffer.from('{}')),
        // by who holds the export key
        (of) => {
          const path = some('data/records/');
          const leaf = Buffer.from(of.get(path) as Uint8Array).toString();
          return seal(
            of.set(path, Buffer.from(leaf.replace('"tenant":"main"', '"tenant":"mine"'))),
          );
        },
        (of) => {
          const path = some('data/proofs/');
          const lines = Buffer.from(of.get(path) as Uint8Array)
            .toString()
            .split('\n');
          [lines[2], lines[3]] = [lines[3] as string, lines[2] as string];
          return seal(of.set(path, Buffer.from(lines.join('\n'))));
        },
        (of) => {
          of.delete(some('data/records/'));
          return seal(of);
        },
        ...REQUESTS.map(([, change]) => change),
      ];
      const table: unknown[] = [];
      for (let round = 0; round < (LONG ? 4 : 1); round += 1)
        for (const damage of damages) {
          const damaged = damage(new Map(files));
          unpack(damaged);
          const codes = [byMjs(bag()), byShell(bag())].map(({ status }) => status);
          const third = byPython(bag());
          expect(third.status).toBe(0);
          const [line = '0'] = third.stdout.split('\n');
          codes.push(Number(line.split(' ')[0] || 0));
          table.push(codes);
          expect(codes).toEqual(codes.map(() => codes[0]));
          if (codes[0] !== 0) expect(NAMED).toContain(codes[0]);
        }
      expect(table.length).toBeGreaterThan(12);
    },
    MOST_MS,
  );

  withPython(
    'agree that a bundle whose chain lacks a record is not whole: its number, by two of them',
    () => {
      const path = [...files.keys()].find((name) => name.startsWith('data/entity/')) as string;
      const chain = JSON.parse(Buffer.from(files.get(path) as Uint8Array).toString());
      const of = new Map(files);
      const gone = chain.records.pop() as number;
      for (const name of ['records/#.json', 'proofs/#.tlog-proof', 'disclosures/#.json'])
        of.delete(`data/${name.replace('#', String(gone))}`);
      of.set(path, Buffer.from(JSON.stringify({ ...chain, count: chain.count - 1 })));
      unpack(seal(of));
      const mjs = byMjs(bag());
      expect(mjs.status).toBe(15);
      expect(mjs.stdout).toContain(`Record number ${chain.count} of ${chain.entity}`);
      expect(byPython(bag()).stdout).toContain(`15 ${chain.entity}#${chain.count}`);
    },
  );
});

describe('a folder that is no bundle', () => {
  it('is told apart from a damaged one', () => {
    mkdirSync(join(folder, 'nothing'), { recursive: true });
    expect(verifyBundle(openBundle(join(folder, 'nothing')), keys, nodeMachinery).exit).toBe(3);
    expect(byShell(join(folder, 'nothing')).status).toBe(3);
    expect(byMjs(join(folder, 'absent')).status).toBe(3);
  });
});
