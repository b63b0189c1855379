import { RulebookError } from '#rulebook/load-rules.js';
import { type Command, CommandError, EXIT } from './command.js';
import { errorCode, InputError } from './log/input-error.js';

interface CommandEntry {
  readonly name: string;
  /** One line for the overview. */
  readonly does: string;
  load(): Promise<Command>;
}

/** Each is loaded when it is called: one command needs little of what the others do. */
const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'demo',
    does: 'starts everything with a simulated city and shows that events become explained alerts',
    load: async () => (await import('./demo/demo.command.js')).demoCommand,
  },
  {
    name: 'replay',
    does: 'evaluates a log with no server at all and prints its findings',
    load: async () => (await import('./replay/replay.command.js')).replayCommand,
  },
  {
    name: 'import',
    does: 'publishes a log as events',
    load: async () => (await import('./import/import.command.js')).importCommand,
  },
  {
    name: 'simulate',
    does: "writes a simulated city's events and the answer key",
    load: async () => (await import('./simulate/simulate.command.js')).simulateCommand,
  },
  {
    name: 'score',
    does: 'precision and recall per rule against the answer key of a simulated run',
    load: async () => (await import('./score/score.command.js')).scoreCommand,
  },
  {
    name: 'quarantine',
    does: 'lists, shows, repairs and releases records that broke the contract',
    load: async () => (await import('./quarantine/quarantine.command.js')).quarantineCommand,
  },
  {
    name: 'rules',
    does: 'checks, tests, explains and documents rules',
    load: async () => (await import('./rules/rules.command.js')).rulesCommand,
  },
  {
    name: 'verify',
    does: 'checks the audit trail: a database, or a log over HTTP',
    load: async () => (await import('./verify/verify.command.js')).verifyCommand,
  },
  {
    name: 'export',
    does: 'evidence: asked for, approved, built as a bundle, and accounted for',
    load: async () => (await import('./export/export.command.js')).exportCommand,
  },
  {
    name: 'admin',
    does: 'migrates the database, makes the topics, shows and closes gaps in coverage',
    load: async () => (await import('./admin/admin.command.js')).adminCommand,
  },
];

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const entry = COMMANDS.find((one) => one.name === name);
  if (entry === undefined) {
    process.stderr.write(`mingcha: there is no command '${name}'\n\n${overview()}`);
    return EXIT.usage;
  }
  const command = await entry.load();
  if (rest.includes('--help')) {
    process.stdout.write(`${command.usage}\n`);
    return EXIT.ok;
  }
  return command.run(rest).catch((error: unknown) => explain(command, error));
}

function overview(): string {
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(11)} ${command.does}`);
  return `mingcha <command> [options]; mingcha <command> --help\n\n${lines.join('\n')}\n`;
}

/** What is wrong, where, what to do; a stack only for faults of our own. */
function explain(command: Command, error: unknown): number {
  if (error instanceof CommandError) {
    process.stderr.write(`mingcha ${command.name}: ${error.message}\n`);
    if (error.exitCode === EXIT.usage) process.stderr.write(`\n${command.usage}\n`);
    return error.exitCode;
  }
  if (error instanceof InputError || error instanceof RulebookError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.input;
  }
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOSPC') {
    process.stderr.write(`mingcha ${command.name}: ${(error as Error).message}\n`);
    return EXIT.input;
  }
  if (code === 'EPIPE') return EXIT.ok;
  process.stderr.write(
    `mingcha ${command.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.failed;
}

// Nobody reads any more (EPIPE), or the terminal was closed (EIO): nothing is wrong. Anything else leaves half an answer.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(EXIT.ok);
  process.stderr.write(
    `mingcha: standard output cannot be written (${error.message}): what was printed is not whole.\n`,
  );
  process.exit(EXIT.input);
});
process.stderr.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2));
// A connection that the server refused may stay half open for a minute: nobody waits for that.
if (process.exitCode !== EXIT.ok) setTimeout(() => process.exit(), 2_000).unref();
