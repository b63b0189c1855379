import { existsSync } from 'node:fs';
import { replaceDurably } from '#audit-keys/durable-file.js';
import { formatState } from '#audit-keys/signed-state.js';
import { type Checkpoint, judgeCheckpoint } from '#core/audit/note/checkpoint.js';
import { CommandError, readOptions } from '../command.js';
import { ProgressLine } from '../progress-line.js';
import { readLogState, readTrust } from './given-files.js';
import { LogAwayError, LogClient, MOST_NOTE } from './log-client.js';
import { VERIFY_EXIT, type VerifyExit } from './verify-exit.js';
import { type VerifyLanguage, verifyLanguage, verifyText } from './verify-text.js';
import { type LogFault, type LogState, walkLog } from './walk-log.js';

const MOST_PRINTED = 200;

const OPTIONS = {
  log: { type: 'string' },
  keys: { type: 'string' },
  state: { type: 'string' },
  json: { type: 'boolean' },
  lang: { type: 'string' },
} as const;

const EXIT_OF_FAULT: Readonly<Record<LogFault['kind'], VerifyExit>> = {
  history: VERIFY_EXIT.consistency,
  root: VERIFY_EXIT.tree,
  tile: VERIFY_EXIT.tree,
  entry: VERIFY_EXIT.recordEdited,
};

/** The gravest first. */
const ORDER: readonly LogFault['kind'][] = ['history', 'root', 'tile', 'entry'];

/** How findings and result are told. */
interface Teller {
  readonly language: VerifyLanguage;
  readonly json: boolean;
}

function tell(
  { language, json }: Teller,
  exit: number,
  [key, params]: readonly [string, Record<string, string | number | null>],
): void {
  const text = verifyText(language, key, params);
  process.stdout.write(
    json
      ? `${JSON.stringify({ exit, ...params, text })}\n`
      : `${exit === 0 ? '' : `[${exit}] `}${text}\n`,
  );
}

/** `mingcha verify --log`: reads a log over HTTP as anybody can, and holds it to what it has signed and shown before. */
export async function verifyLog(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, OPTIONS);
  const language = verifyLanguage(values.lang);
  const base = values.log ?? '';
  if (!/^https?:\/\//.test(base))
    throw new CommandError('--log takes an http:// or https:// address');
  if (values.keys === undefined) throw new CommandError('--log needs --keys FILE');
  const trust = readTrust(values.keys, language);
  const { origin } = trust.policy;
  const { state: file } = values;
  const before =
    file === undefined || !existsSync(file) ? null : readLogState(file, { origin, language });
  const teller = { language, json: values.json === true };
  const client = new LogClient(base);
  try {
    const note = await client.read('checkpoint', MOST_NOTE);
    if (note === null) throw new LogAwayError(`${base}/checkpoint`, 'HTTP 404');
    const outcome = judgeCheckpoint(note.toString(), trust.policy, trust.verify);
    if (!outcome.ok) {
      tell(teller, VERIFY_EXIT.checkpoint, ['log.checkpoint', { why: outcome.message }]);
      return VERIFY_EXIT.checkpoint;
    }
    const { checkpoint, cosigners } = outcome;
    const exit = await holdTo(client, { checkpoint, before }, teller);
    if (exit === VERIFY_EXIT.ok && file !== undefined)
      replaceDurably(file, formatState(checkpoint));
    tell(teller, 0, [
      'log.checkpoint-of',
      { origin: checkpoint.origin, size: checkpoint.size, witnesses: cosigners.length },
    ]);
    tell(teller, 0, exit === 0 ? ['summary.ok', {}] : ['summary.log-failed', { code: exit }]);
    return exit;
  } catch (error) {
    if (error instanceof LogAwayError)
      throw new CommandError(
        verifyText(language, 'log.away', { why: error.message }),
        VERIFY_EXIT.logAway,
      );
    throw error;
  }
}

async function holdTo(
  client: LogClient,
  { checkpoint, before }: { readonly checkpoint: Checkpoint; readonly before: LogState | null },
  teller: Teller,
): Promise<number> {
  if (before !== null && checkpoint.size < before.size) {
    tell(teller, VERIFY_EXIT.consistency, [
      'log.shorter',
      { size: checkpoint.size, before: before.size },
    ]);
    return VERIFY_EXIT.consistency;
  }
  const kinds = new Set<LogFault['kind']>();
  let count = 0;
  const progress = new ProgressLine(verifyText(teller.language, 'progress.records'));
  const entries = await walkLog({
    client,
    checkpoint,
    before,
    onFault: (fault) => {
      kinds.add(fault.kind);
      count += 1;
      if (count <= MOST_PRINTED) tell(teller, EXIT_OF_FAULT[fault.kind], faultText(fault));
    },
    onProgress: (leaves) => progress.show(leaves, verifyText(teller.language, 'progress.judged')),
  });
  progress.end();
  tell(teller, 0, [entries > 0 ? 'log.entries' : 'log.no-entries', { entries }]);
  const gravest = ORDER.find((kind) => kinds.has(kind));
  return gravest === undefined ? VERIFY_EXIT.ok : EXIT_OF_FAULT[gravest];
}

function faultText(fault: LogFault): [string, Record<string, string | number | null>] {
  const { kind, ...params } = fault;
  return [`log.fault.${kind}`, params];
}
