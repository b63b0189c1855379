import { RulebookError } from '#rulebook/load-rules.js';
import { adminCommand } from './admin/admin.command.js';
import { type Command, CommandError, EXIT } from './command.js';
import { demoCommand } from './demo/demo.command.js';
import { importCommand } from './import/import.command.js';
import { errorCode, InputError } from './log/input-error.js';
import { quarantineCommand } from './quarantine/quarantine.command.js';
import { replayCommand } from './replay/replay.command.js';
import { rulesCommand } from './rules/rules.command.js';
import { scoreCommand } from './score/score.command.js';
import { simulateCommand } from './simulate/simulate.command.js';

const COMMANDS: readonly Command[] = [
  demoCommand,
  replayCommand,
  importCommand,
  simulateCommand,
  scoreCommand,
  quarantineCommand,
  rulesCommand,
  adminCommand,
];

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    process.stderr.write(`mingcha: there is no command '${name}'\n\n${overview()}`);
    return EXIT.usage;
  }
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
