import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture, run, say } from './child-process.mjs';
import { projectRoot } from './places.mjs';

const cache = join(projectRoot, '.cache');
const testResults = join(cache, 'test-results.json');

/** The script behind a package's command, so that no launcher process stands in between. */
function command(packageName, name) {
  const manifest = join(projectRoot, 'node_modules', packageName, 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  return join(projectRoot, 'node_modules', packageName, typeof bin === 'string' ? bin : bin[name]);
}

/** One program of the compiler; what it found the last time is kept, so that it looks at changes only. */
function types(name, project) {
  const kept = join(cache, `${name.replaceAll(' ', '-')}.tsbuildinfo`);
  const args = ['-p', project, '--noEmit', '--incremental', '--tsBuildInfoFile', kept];
  return [name, command('typescript', 'tsc'), args];
}

function staticChecks() {
  return [
    types('types', 'tsconfig.json'),
    // Code for browsers knows other globals than code for servers.
    types('types of the console', 'apps/console/tsconfig.json'),
    types('types of its tests', 'test/console/tsconfig.json'),
    ['format and lint', command('@biomejs/biome', 'biome'), ['check', '--error-on-warnings', '.']],
    [
      'directions',
      command('dependency-cruiser', 'depcruise'),
      [
        '--config',
        '.dependency-cruiser.cjs',
        '--output-type',
        'err',
        'apps',
        'libs',
        'migrations',
        'bench',
        'test',
      ],
    ],
  ];
}

async function runStep({ node, env }, [name, script, args]) {
  const started = Date.now();
  const { code, output } = await capture(node, [script, ...args], { cwd: projectRoot, env });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  return code;
}

/** Types, format, lint and import directions, two at a time; resolves to 0 where all passed. */
export async function runStaticChecks(runtime) {
  mkdirSync(cache, { recursive: true });
  const waiting = staticChecks();
  const codes = [];
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      codes.push(await runStep(runtime, step));
    }
  };
  await Promise.all([worker(), worker()]);
  return codes.every((code) => code === 0) ? 0 : 1;
}

/** Jest with the given arguments; its results also go to .cache/test-results.json. */
export async function runJest({ node, env }, args) {
  mkdirSync(cache, { recursive: true });
  rmSync(testResults, { force: true });
  const options = `${env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning --disable-warning=TimeoutNegativeWarning`;
  return run(
    node,
    [
      command('jest', 'jest'),
      '--config',
      'jest.config.mjs',
      '--maxWorkers=2',
      '--json',
      '--outputFile',
      testResults,
      ...args,
    ],
    // Jest reports progress on stderr; with --json, stdout would carry the whole result again.
    {
      cwd: projectRoot,
      env: { ...env, NODE_OPTIONS: options.trim() },
      stdio: ['inherit', 'ignore', 'inherit'],
    },
  );
}
