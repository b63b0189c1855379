import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DEPLOY, ROOT } from './deployment.js';

export interface Instruction {
  readonly keyword: string;
  readonly rest: string;
}

export interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** The stages of deploy/Dockerfile; the last one is the image. */
export function readDockerfile(): Stage[] {
  const text = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const stages: { name: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n')) {
    const [, keyword, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === undefined || rest === undefined) continue;
    if (keyword === 'FROM')
      stages.push({ name: / AS (\S+)$/.exec(rest)?.[1] ?? 'image', instructions: [] });
    else stages.at(-1)?.instructions.push({ keyword, rest });
  }
  return stages;
}

/** What a JSON-form instruction of the last stage says, such as ENTRYPOINT. */
export function wordsOf(stage: Stage, keyword: string): string[] {
  const found = stage.instructions.find((one) => one.keyword === keyword);
  return JSON.parse(found?.rest.replace(/^[^[]*/, '') ?? '[]') as string[];
}

/** Whether .dockerignore lets the builder see a file: the last line that fits it, or a folder that it is in, decides. */
export function ignoredBy(lines: readonly string[]): (path: string) => boolean {
  const rules = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '').replace(/\./g, '\\.');
      const source = pattern
        .replaceAll('**/', '\u0000')
        .replaceAll('*', '[^/]*')
        .replaceAll('\u0000', '(.*/)?');
      return { ignores: !line.startsWith('!'), fits: new RegExp(`^${source}(/.*)?$`) };
    });
  return (path) => rules.findLast(({ fits }) => fits.test(path))?.ignores ?? false;
}

/** An image as its Dockerfile would make it, in a folder. */
export interface BuiltImage {
  /** Stands for `/`: what the image has at /app is at `<folder>/app`. */
  readonly folder: string;
  remove(): void;
}

/**
 * Carries out the Dockerfile's COPY and RUN instructions in temporary folders, one for each stage, seeing no more of the
 * project than .dockerignore lets through. The packages of the stage that builds are those of this project, which the
 * same `npm ci` has installed; those of the image are installed anew. Users, owners and folders outside /app are left out.
 */
export function buildImage(): BuiltImage {
  const top = mkdtempSync(join(tmpdir(), 'mingcha-image-'));
  const remove = () => rmSync(top, { recursive: true, force: true });
  try {
    for (const stage of readDockerfile()) buildStage(top, stage);
    return { folder: join(top, 'image'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function buildStage(top: string, { name, instructions }: Stage): void {
  const app = join(top, name, 'app');
  mkdirSync(app, { recursive: true });
  for (const { keyword, rest } of instructions) {
    if (keyword === 'COPY') copy(top, app, rest);
    if (keyword !== 'RUN' || rest.startsWith('install ')) continue;
    if (name === 'build' && rest.startsWith('npm ci'))
      symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
    else {
      const quick = rest.startsWith('npm ci') ? ' --prefer-offline --no-audit --no-fund' : '';
      const path = `${dirname(process.execPath)}:${process.env.PATH}`;
      const env = { ...process.env, PATH: path, NODE_OPTIONS: '' };
      execFileSync('sh', ['-c', rest + quick], {
        cwd: app,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    }
  }
}

function copy(top: string, app: string, rest: string): void {
  const words = rest.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice(7);
  const places = words.filter((word) => !word.startsWith('--'));
  const target = places.at(-1) ?? '.';
  const isFolder = target.endsWith('/') || places.length > 2;
  const context = from === undefined ? ROOT : join(top, from);
  const isIgnored =
    from === undefined
      ? ignoredBy(readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n'))
      : () => false;
  for (const place of places.slice(0, -1)) {
    const source = join(context, place);
    const into = join(app, target);
    const isFile = statSync(source).isFile();
    if (isFile && isIgnored(place)) throw new Error(`COPY ${place}: .dockerignore leaves it out`);
    cpSync(source, isFile && isFolder ? join(into, basename(place)) : into, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path === source || !isIgnored(path.slice(context.length + 1)),
    });
  }
}

/** Paths of all files below a folder, without those of packages. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !`${entry.parentPath}/`.includes('/node_modules/'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
