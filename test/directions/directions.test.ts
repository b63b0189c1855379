import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');

// The smallest tree with every library, app and folder that a rule names.
const FILES: Record<string, string> = {
  'libs/core/step.ts': 'export const step = 1;',
  'libs/rulebook/pack.ts': "export { step } from '#core/step.js';",
  'libs/contract/event.ts': "export type { Step } from '../core/kind.js';",
  'libs/core/kind.ts': 'export type Step = 1;',
  'libs/store/save-step.ts': "export { step } from '#core/step.js';",
  'libs/streams/kafka.ts': "export { step } from '#core/step.js';",
  'libs/settings/read.ts':
    "export { step } from '#store/save-step.js';\nexport { step as other } from '#streams/kafka.js';",
  'libs/evidence/verify/verify.ts': "export { step } from '#core/step.js';",
  'libs/audit-keys/key.ts': "export { step } from '#core/step.js';",
  'libs/explanation/texts.ts': "export { step } from '#core/step.js';",
  'libs/evidence/bundle.ts':
    "export { step } from '#store/save-step.js';\nexport { step as other } from '#explanation/texts.js';",
  'libs/simulator/city.ts': "export { step } from '#rulebook/pack.js';",
  'apps/monitor/main.ts':
    "export { step } from '#store/save-step.js';\nexport { step as other } from '#streams/kafka.js';",
  'apps/api/main.ts': "export type { Step } from '#contract/event.js';",
  'apps/console/main.ts': "export type { Step } from '#contract/event.js';",
  'apps/console/frame/shell.tsx': "export type { Step } from '../main.js';",
  'migrations/first.ts': 'export const first = 1;',
  'test/store/a.test.ts': "export { step } from '#store/save-step.js';",
};

/** A rule, the folder in which its violation is planted, and what is planted. */
const VIOLATIONS: [rule: string, folder: string, content: string][] = [
  ['core-imports-nothing-of-ours', 'libs/core', "export { step } from '#store/save-step.js';"],
  ['core-imports-nothing-of-ours', 'libs/core', "export type { Step } from '#contract/event.js';"],
  ['core-knows-no-machine', 'libs/core', "export { readFileSync } from 'node:fs';"],
  ['core-knows-no-machine', 'libs/core', "export { readFileSync } from 'fs';"],
  ['core-knows-no-framework', 'libs/core', "export { Injectable } from '@nestjs/common';"],
  ['rulebook-imports-only-core', 'libs/rulebook', "export { step } from '#store/save-step.js';"],
  [
    'explanation-imports-only-core',
    'libs/explanation',
    "export { step } from '#store/save-step.js';",
  ],
  [
    'audit-keys-imports-only-core',
    'libs/audit-keys',
    "export { step } from '#store/save-step.js';",
  ],
  [
    'evidence-imports-only-core-rulebook-store-explanation-audit-keys',
    'libs/evidence',
    "export { step } from '#streams/kafka.js';",
  ],
  ['contract-imports-only-core', 'libs/contract', "export { step } from '#rulebook/pack.js';"],
  ['store-imports-only-core-migrations', 'libs/store', "export { step } from '#streams/kafka.js';"],
  [
    'store-imports-only-core-migrations',
    'libs/store',
    "export { step } from '../../apps/monitor/main.js';",
  ],
  ['streams-imports-only-core', 'libs/streams', "export { step } from '#store/save-step.js';"],
  [
    'simulator-imports-only-core-contract-rulebook',
    'libs/simulator',
    "export { step } from '#store/save-step.js';",
  ],
  [
    'settings-imports-only-core-rulebook-store-streams',
    'libs/settings',
    "export { step } from '#simulator/city.js';",
  ],
  ['verifier-stands-alone', 'libs/evidence/verify', "export { step } from '../bundle.js';"],
  ['apps-import-no-other-app', 'apps/api', "export { step } from '../monitor/main.js';"],
  ['console-imports-only-contract', 'apps/console', "export { step } from '#core/step.js';"],
  ['console-imports-only-contract', 'apps/console', "export { step } from '../api/main.js';"],
  ['migrations-stand-alone', 'migrations', "export { step } from '#core/step.js';"],
  ['product-imports-no-test', 'libs/store', "export { step } from '../../test/store/a.test.js';"],
  ['no-cycle', 'libs/core', "import './back.js';"],
  ['every-import-resolves', 'libs/core', "export { step } from './absent.js';"],
];

const planted = VIOLATIONS.map(([rule, folder, content], index) => ({
  rule,
  file: `${folder}/planted-${index}.${folder === 'apps/console' ? 'tsx' : 'ts'}`,
  content,
}));

let tree: string;

function write(file: string, content: string): void {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${content}\n`);
}

/** The check of directions as `npm run check` runs it, and what it printed. */
function checkDirections() {
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
  const folders = ['apps', 'libs', 'migrations', 'test'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cruiser, ...args, ...folders], {
    cwd: tree,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  return { status, output: stdout + stderr };
}

describe('the check of import directions', () => {
  let clean: ReturnType<typeof checkDirections>;
  let violated: ReturnType<typeof checkDirections>;

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'mingcha-directions-'));
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
      cpSync(join(root, name), join(tree, name));
    }
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    for (const [file, content] of Object.entries(FILES)) write(file, content);
    clean = checkDirections();
    for (const { file, content } of planted) write(file, content);
    const cycle = planted.find(({ rule }) => rule === 'no-cycle')!;
    write('libs/core/back.ts', `import './${basename(cycle.file, '.ts')}.js';`);
    violated = checkDirections();
  });

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('passes a tree in which every import goes the right way', () => {
    expect(clean.output).toContain('no dependency violations found');
    expect(clean.status).toBe(0);
  });

  it('fails a tree in which imports go the wrong way', () => {
    expect(violated.status).not.toBe(0);
  });

  it.each(planted)('catches $rule planted in $file: $content', ({ rule, file }) => {
    const lines = violated.output.split('\n').filter((line) => line.includes(`error ${rule}: `));
    // a cycle is reported from whichever of its files comes first
    const named = rule === 'no-cycle' ? 'libs/core/back.ts' : file;
    expect(lines.some((line) => line.includes(named))).toBe(true);
  });

  it('has a planted violation for every rule', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      forbidden: { name: string }[];
    };
    const rules = forbidden.map(({ name }) => name);
    expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(new Set(rules));
  });
});

describe('core', () => {
  const sources = readdirSync(join(root, 'libs/core'), {
    recursive: true,
    encoding: 'utf8',
  }).filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
  // What no import shows: the clock, randomness and time zone of the machine.
  const IMPURE =
    /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\b|\bprocess\.|\bsetTimeout\b|\bfetch\(|\bcrypto\./;

  function withoutComments(code: string): string {
    return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  }

  it('reads no clock and draws no random number', () => {
    const found = sources.flatMap((path) => {
      const code = withoutComments(readFileSync(join(root, 'libs/core', path), 'utf8'));
      const hit = IMPURE.exec(code)?.[0];
      return hit === undefined ? [] : [`libs/core/${path}: ${hit}`];
    });
    expect(sources).not.toHaveLength(0);
    expect(found).toEqual([]);
  });

  it.each(['Date.now()', 'new Date()', 'Math.random()', 'process.env.TZ'])(
    'would be caught with %s',
    (code) => {
      expect(IMPURE.test(withoutComments(`const x = ${code};`))).toBe(true);
      expect(
        IMPURE.test(withoutComments(`// ${code}\n/** ${code} */\nconst x = new Date(0);`)),
      ).toBe(false);
    },
  );
});
