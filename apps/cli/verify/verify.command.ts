import { type Command, CommandError } from '../command.js';

const USAGE = `mingcha verify BUNDLE [--keys FILE]
mingcha verify --match FULL REDACTED [--keys FILE]
mingcha verify --database URL [--keys FILE] [--signer-state FILE] [--witness-state FILE] [--archive DIR…]
mingcha verify --log URL --keys FILE [--state FILE]

Checks that an evidence bundle, or the audit trail, is what was signed. Every fault names the record or the file, with
one sentence for a person who is not an engineer (--lang zh|en, default zh) and an exit code of its own.
  BUNDLE                the zip, or the folder that it was unpacked into; --match: does a redacted edition match the full one
  --database URL        the database, as a login that is a member of mingcha_auditor; reads only
  --keys FILE           trusted keys: lines "log VKEY", "witness VKEY", "quorum N", for bundles also "export VKEY"
  --signer-state FILE   what the signer remembers: its state folder or a file of it; --witness-state the same of a
                        witness, again for each
  --archive DIR         folder of an archived month that the database no longer holds; again for each
  --log URL             a log over HTTP (C2SP tlog-tiles), as any client reads it: https://host/log
  --state FILE          remembers what this visit saw; the next one holds the log to it
  --record-time         the trail is of a simulation: times of records are not compared with those of witnesses
  --json                findings and result as JSON lines
Exit codes: 0 nothing was found; 2 wrong options; 3 a file cannot be read; 4 the database does not answer; 10 file changed;
11 file missing or one too many; 12 manifest or signature; 13 record or proof; 14 checkpoint, key or quorum; 15 record of
an entity missing; 16 evaluating again differs; 17 two histories; 18 record edited; 19 record missing or hidden from the
log; 20 the tree is not the one that was signed; 21 the log does not answer`;

interface Mode {
  /** Option that chooses the mode; null: what is named without an option. */
  readonly option: string | null;
  load(): Promise<Command['run']>;
}

/** One file per mode. */
const MODES: readonly Mode[] = [
  {
    option: '--database',
    load: async () => (await import('./verify-database.js')).verifyDatabase,
  },
  {
    option: '--log',
    load: async () => (await import('./verify-log.js')).verifyLog,
  },
  {
    option: null,
    load: async () => (await import('./verify-bundle.js')).verifyBundle,
  },
];

function modeOf(args: readonly string[]): Mode | undefined {
  const named = MODES.find(
    ({ option }) =>
      option !== null && args.some((arg) => arg === option || arg.startsWith(`${option}=`)),
  );
  return named ?? MODES.find(({ option }) => option === null);
}

export const verifyCommand: Command = {
  name: 'verify',
  usage: USAGE,
  run: async (args) => {
    const mode = modeOf(args);
    if (mode === undefined) throw new CommandError('verify needs --database URL or --log URL');
    return (await mode.load())(args);
  },
};
