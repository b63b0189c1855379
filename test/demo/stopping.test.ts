import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

// The demo as a person starts it, through npm, stopped in the middle of its work. Everything that it starts lies in, or
// is told of, a folder for temporary files of its own, so that what is left behind can be found.

const ROOT = join(import.meta.dirname, '../..');
// With CI=true nothing is skipped: what cannot run there fails.
const hasProc = process.platform === 'linux' || process.env.CI === 'true';
const hasKafka = process.env.KAFKA_UNAVAILABLE === undefined;

interface Demo {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly text: { out: string; err: string };
  readonly ended: Promise<number | null>;
}

const folders: string[] = [];

function startDemo(...args: string[]): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-demo-test-'));
  folders.push(folder);
  // PostgreSQL runs as another user where we are root.
  chmodSync(folder, 0o755);
  const { DATABASE_URL, KAFKA_BROKERS, EVENT_LOG, ...env } = process.env;
  const child = spawn('npm', ['run', '-s', 'demo', '--', ...args], {
    cwd: ROOT,
    env: { ...env, TMPDIR: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
    // A process group of its own, as a terminal gives it.
    detached: true,
  });
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, folder, text, ended };
}

/** Processes that work in the folder, or were told of it. */
function processesOf(folder: string): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const isOurs =
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder) ||
        readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      if (isOurs && command !== '') found.push(`${pid} ${command}`);
    } catch {
      // It has ended meanwhile, or is the kernel's.
    }
  }
  return found;
}

async function until(what: string, holds: () => boolean, withinMs: number): Promise<void> {
  const end = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function expectNothingLeft({ folder }: Demo): Promise<void> {
  const left = () => ({ processes: processesOf(folder), files: readdirSync(folder) });
  await until('everything gone', () => Object.values(left()).flat().length === 0, 40_000).catch(
    () => undefined,
  );
  expect(left()).toEqual({ processes: [], files: [] });
}

describe('a demo', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) {
      for (const line of processesOf(folder)) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const stops: readonly [string, (demo: Demo) => void][] = [
    // A terminal sends it to every process of the group; npm alone would leave the others to it.
    ['Ctrl-C', ({ child }) => process.kill(-(child.pid as number), 'SIGINT')],
    ['a request to end at npm', ({ child }) => child.kill('SIGTERM')],
    [
      'its terminal being closed',
      ({ child }) => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        process.kill(-(child.pid as number), 'SIGHUP');
      },
    ],
  ];

  (hasProc ? it : it.skip).each(stops)(
    'stopped in the middle of its work by %s leaves no process and no file',
    async (what, stop) => {
      const log = hasKafka && what === 'Ctrl-C' ? 'kafka' : 'inbox';
      const demo = startDemo('--cases', '4000', '--event-log', log);
      await until(
        `at work: ${demo.text.err}`,
        () => /published: |evaluated: /.test(demo.text.err),
        120_000,
      );
      expect(processesOf(demo.folder).some((line) => line.includes('monitor/main.js'))).toBe(true);
      stop(demo);
      await demo.ended;
      await expectNothingLeft(demo);
    },
    240_000,
  );

  (hasProc ? it : it.skip)(
    'beside another works off its own stream; nothing is left in the outbox of either',
    async () => {
      const demos = [3, 4].map((seed) =>
        startDemo(
          '--cases',
          '120',
          '--days',
          '30',
          '--seed',
          String(seed),
          '--exit',
          '--event-log',
          'inbox',
        ),
      );
      for (const demo of demos) {
        const code = await demo.ended;
        expect([code, demo.text.out.trim() === '' ? demo.text.err : '']).toEqual([0, '']);
        const summary = JSON.parse(demo.text.out) as Record<string, number>;
        expect(summary).toMatchObject({ unsent: 0, precision: 1, recall: 1 });
        expect(summary.sent).toBeGreaterThan(0);
        await expectNothingLeft(demo);
      }
    },
    240_000,
  );
});
