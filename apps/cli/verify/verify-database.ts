import { ArchiveError } from '#store/archive/archive-format.js';
import { troubleOf } from '#store/database-trouble.js';
import { openAuditorPool } from '#store/judge/auditor-pool.js';
import { type Judged, judgeDatabase } from '#store/judge/judge-database.js';
import type { FindingKind, TrailFinding } from '#store/judge/trail-finding.js';
import { CommandError, readOptions } from '../command.js';
import { ProgressLine } from '../progress-line.js';
import { readRemembered, readTrust } from './given-files.js';
import { EXIT_OF_KIND, findingSentence, gravest } from './trail-sentence.js';
import { VERIFY_EXIT } from './verify-exit.js';
import { type VerifyLanguage, verifyLanguage, verifyText } from './verify-text.js';

/** Findings of one kind that are printed; of more the number is told. */
const MOST_PRINTED = 200;

const OPTIONS = {
  database: { type: 'string' },
  keys: { type: 'string' },
  'signer-state': { type: 'string' },
  'witness-state': { type: 'string', multiple: true },
  archive: { type: 'string', multiple: true },
  'record-time': { type: 'boolean' },
  json: { type: 'boolean' },
  lang: { type: 'string' },
} as const;

/** Prints findings as they come, and counts them. */
class Findings {
  readonly counts = new Map<FindingKind, number>();

  constructor(
    private readonly language: VerifyLanguage,
    private readonly json: boolean,
  ) {}

  take(finding: TrailFinding): void {
    const count = (this.counts.get(finding.kind) ?? 0) + 1;
    this.counts.set(finding.kind, count);
    if (count > MOST_PRINTED) return;
    const exit = EXIT_OF_KIND[finding.kind];
    const text = findingSentence(this.language, finding);
    process.stdout.write(
      this.json ? `${JSON.stringify({ exit, ...finding, text })}\n` : `[${exit}] ${text}\n`,
    );
  }

  /** Kinds of which not all were printed. */
  tellRest(): void {
    for (const [kind, count] of this.counts) {
      if (count <= MOST_PRINTED || this.json) continue;
      const rest = count - MOST_PRINTED;
      const text = verifyText(this.language, 'finding.rest', { rest });
      process.stdout.write(`[${EXIT_OF_KIND[kind]}] ${text}\n`);
    }
  }
}

/** `mingcha verify --database`: judges the audit trail of a database from its first record to its last. */
export async function verifyDatabase(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, OPTIONS);
  const language = verifyLanguage(values.lang);
  const url = values.database ?? '';
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new CommandError('--database takes a postgres:// address');
  const trust = values.keys === undefined ? null : readTrust(values.keys, language);
  const origin = trust?.policy.origin ?? null;
  const remembered = [
    ...(values['signer-state'] === undefined
      ? []
      : readRemembered(values['signer-state'], 'signer', { origin, language })),
    ...(values['witness-state'] ?? []).flatMap((path) =>
      readRemembered(path, 'witness', { origin, language }),
    ),
  ];
  const findings = new Findings(language, values.json === true);
  const progress = new ProgressLine(verifyText(language, 'progress.records'));
  const startedAt = performance.now();
  const pool = openAuditorPool(url, 'mingcha-verify');
  let judged: Judged;
  try {
    judged = await judgeDatabase({
      pool,
      trust,
      remembered,
      ...(values.archive === undefined ? {} : { archives: values.archive }),
      clock: values['record-time'] !== true,
      onFinding: (finding) => findings.take(finding),
      onProgress: (count) => progress.show(count, verifyText(language, 'progress.judged')),
    });
  } catch (error) {
    throw error instanceof ArchiveError
      ? archiveFault(error, language)
      : databaseFault(error, language);
  } finally {
    progress.end();
    await pool.end();
  }
  findings.tellRest();
  const seconds = (performance.now() - startedAt) / 1000;
  const kinds = new Set(findings.counts.keys());
  const exit = gravest(kinds);
  if (values.json === true)
    process.stdout.write(`${JSON.stringify({ exit, ...jsonOf(judged), seconds })}\n`);
  else
    for (const line of summary(judged, { language, seconds, exit, trusted: trust !== null }))
      process.stdout.write(`${line}\n`);
  return exit;
}

function archiveFault(error: ArchiveError, language: VerifyLanguage): CommandError {
  const code = /cannot be read/.test(error.message)
    ? VERIFY_EXIT.fileMissing
    : VERIFY_EXIT.fileChanged;
  return new CommandError(verifyText(language, 'archive.fault', { why: error.message }), code);
}

function databaseFault(error: unknown, language: VerifyLanguage): CommandError {
  const why = troubleOf(error).text;
  return new CommandError(verifyText(language, 'database.away', { why }), VERIFY_EXIT.databaseAway);
}

function jsonOf({ root, judge: _, ...judged }: Judged) {
  return { ...judged, root: root.toString('hex') };
}

interface Ending {
  readonly language: VerifyLanguage;
  readonly seconds: number;
  readonly exit: number;
  readonly trusted: boolean;
}

function summary(judged: Judged, { language, seconds, exit, trusted }: Ending): string[] {
  const { size, root, entities, checkpoints, indexes, waiting, signed, detached } = judged;
  const say = (key: string, params: Record<string, string | number | null> = {}) =>
    verifyText(language, key, params);
  const unsigned = size - signed;
  return [
    ...detached.map((table) => say('note.detached', { table })),
    ...(waiting.count === 0
      ? []
      : [
          say('note.waiting', {
            count: waiting.count,
            oldest: waiting.oldest === null ? null : new Date(waiting.oldest).toISOString(),
          }),
        ]),
    ...(judged.inArchives === 0 ? [] : [say('note.in-archives', { count: judged.inArchives })]),
    ...(unsigned === 0 ? [] : [say('note.unsigned', { count: unsigned, signed })]),
    ...(trusted ? [] : [say('note.no-keys')]),
    say('summary.database', { size, entities, checkpoints, indexes, root: root.toString('hex') }),
    say('summary.rate', {
      seconds: seconds.toFixed(1),
      rate: Math.round(size / Math.max(seconds, 0.001)),
    }),
    exit === VERIFY_EXIT.ok ? say('summary.ok') : say('summary.failed', { exit }),
  ];
}
