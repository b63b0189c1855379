import { type KnownCoverage, loadCoverage } from '#store/known-facts.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import type { Writer } from '#store/writer.js';
import { CommandError, EXIT, readOptions, wholeNumber } from '../command.js';
import { actorOf, reasonOf } from '../quarantine/decision-options.js';
import { withRights } from './admin-database.js';

interface Lane {
  readonly source: string;
  readonly partition: number | null;
}

function laneFrom(name: string): Lane {
  const [, source = name, partition = null] = /^(.*)#(\d+)$/s.exec(name) ?? [];
  return { source, partition: partition === null ? null : Number(partition) };
}

/** `mingcha admin gaps`: one JSON line for each gap that is open. */
export async function listGaps(args: readonly string[]): Promise<number> {
  readOptions(args, {});
  const open = await withRights('mingcha_monitor', openGaps);
  for (const { source: lane, gap, evaluatedThrough } of open) {
    const { source, partition } = laneFrom(lane);
    const through = evaluatedThrough === null ? null : new Date(evaluatedThrough).toISOString();
    const from = new Date(gap?.from ?? 0).toISOString();
    const line = { source, partition, from, reason: gap?.reason, heardThrough: through };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  return EXIT.ok;
}

/** `mingcha admin close-gap`: one transaction closes whatever gaps are open there at that moment. */
export async function closeGap(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    source: { type: 'string' },
    partition: { type: 'string' },
    reason: { type: 'string' },
    actor: { type: 'string' },
  });
  const { source: wanted, reason: given } = values;
  if (wanted === undefined) throw new CommandError('close-gap needs --source S');
  if (given === undefined)
    throw new CommandError(
      'close-gap needs --reason TEXT: say in words why nothing is missing now',
    );
  const partition =
    values.partition === undefined
      ? null
      : wholeNumber(values.partition, 'partition', { least: 0, most: 1_000_000, otherwise: 0 });
  const [actor, reasonText] = [actorOf(values.actor), reasonOf(given)];
  const closed = await withRights('mingcha_monitor', async (writer) => {
    const found = (await openGaps(writer)).filter(({ source: lane }) => {
      const of = laneFrom(lane);
      return of.source === wanted && (partition === null || of.partition === partition);
    });
    if (found.length === 0)
      throw new CommandError(
        `${wanted} has no open gap${partition === null ? '' : ` in partition ${partition}`}; mingcha admin gaps shows them`,
        EXIT.input,
      );
    const at = Date.now();
    const change = { evaluatedThrough: null, late: 0, quarantined: 0, gap: null, reasonText, at };
    await saveStep(writer, {
      ...emptyStep(actor, at),
      coverage: found.map(({ source }) => ({ ...change, source })),
    });
    return found.length;
  });
  process.stdout.write(
    `${JSON.stringify({ source: wanted, closed, reason: reasonText, actor })}\n`,
  );
  return EXIT.ok;
}

async function openGaps(writer: Writer): Promise<KnownCoverage[]> {
  return (await loadCoverage(writer.pool)).filter(({ gap }) => gap !== null);
}
