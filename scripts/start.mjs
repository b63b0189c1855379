#!/usr/bin/env node
import { join } from 'node:path';
import { build } from './build.mjs';
import { runJest, runStaticChecks } from './checks.mjs';
import { run, say } from './child-process.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureNode, environmentFor } from './node-runtime.mjs';
import { projectRoot } from './places.mjs';

const CHECK_TESTS = [
  '--selectProjects',
  'unit',
  '--testPathPatterns',
  'libs/',
  'test/directions/',
  'test/texts/',
];

// kafkajs 2.2 asks for timers with a time in the past, which Node 24 runs at once, as meant.
const NODE_FLAGS = [
  '--enable-source-maps',
  '--disable-warning=TimeoutNegativeWarning',
  `--import=${new URL('./end-with-parent.mjs', import.meta.url)}`,
];

async function runBuilt({ node, env }, script, args) {
  await build();
  return run(node, [...NODE_FLAGS, join(projectRoot, 'dist', script), ...args], { env });
}

/** The worst exit code of steps run one after the other; a later step runs even if one failed. */
async function all(...steps) {
  let worst = 0;
  for (const step of steps) worst = Math.max(worst, await step());
  return worst;
}

async function runTests(runtime, args, env) {
  await build();
  const withSettings = { ...runtime, env: { ...runtime.env, ...env } };
  if (args.length > 0) return runJest(withSettings, args);
  return all(
    () => runStaticChecks(runtime),
    () => runJest(withSettings, []),
  );
}

const commands = {
  build: async () => {
    await build();
    return 0;
  },
  check: (runtime, args) =>
    all(
      () => runStaticChecks(runtime),
      () => runJest(runtime, [...CHECK_TESTS, ...args]),
    ),
  test: (runtime, args) => runTests(runtime, args, {}),
  'test:long': (runtime, args) => runTests(runtime, args, { MINGCHA_LONG: 'true' }),
  mingcha: (runtime, args) => runBuilt(runtime, 'apps/cli/main.js', args),
  demo: (runtime, args) => runBuilt(runtime, 'apps/cli/main.js', ['demo', ...args]),
  bench: (runtime, args) => runBuilt(runtime, 'bench/main.js', args),
};

async function main([name, ...args]) {
  if (!Object.hasOwn(commands, name ?? '')) {
    say(`no command "${name ?? ''}"; there are ${Object.keys(commands).join(', ')}`);
    return 2;
  }
  const node = await ensureNode();
  const env = environmentFor(node);
  await ensureDependencies(env);
  return commands[name]({ node, env }, args);
}

// Started by a person's shell, a demo may outlive that shell; started through npm, it ends with npm.
if (process.env.npm_lifecycle_event !== undefined) await import('./end-with-parent.mjs');

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
