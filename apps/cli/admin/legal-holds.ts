import {
  confirmHold,
  type HeldThing,
  listHolds,
  placeHold,
  requestLift,
} from '#store/keeping/legal-hold.js';
import { CommandError, EXIT, readOptions, runVerb } from '../command.js';
import { reasonOf } from '../quarantine/decision-options.js';
import { asArchivist, doingOf, idOf, instantOf, printLine } from './archivist.js';

const SUBJECTS = ['case', 'alert', 'person'] as const;

interface ThingOptions {
  readonly case?: string | undefined;
  readonly alert?: string | undefined;
  readonly person?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

function thingOf(values: ThingOptions): HeldThing {
  const named = SUBJECTS.filter((kind) => values[kind] !== undefined);
  const isPeriod = values.from !== undefined || values.to !== undefined;
  const [kind] = named;
  if (named.length + Number(isPeriod) !== 1)
    throw new CommandError(
      'hold place takes one of --case, --alert, --person, or --from with --to',
    );
  if (kind !== undefined) return { kind, subject: values[kind] as string };
  const [from, to] = [instantOf(values.from, 'from'), instantOf(values.to, 'to')];
  if (from >= to) throw new CommandError('--from has to lie before --to');
  return { kind: 'period', from, to };
}

async function place(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    case: { type: 'string' },
    alert: { type: 'string' },
    person: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    reason: { type: 'string' },
    actor: { type: 'string' },
  });
  const thing = thingOf(values);
  const [reason, doing] = [reasonOf(values.reason ?? ''), doingOf(values.actor)];
  const holdId = await asArchivist((writer) => placeHold(writer, { thing, reason }, doing));
  printLine({ hold: holdId, outcome: 'placed', ...thing, actor: doing.actor });
  return EXIT.ok;
}

async function lift(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { reason: { type: 'string' }, actor: { type: 'string' } },
    1,
  );
  const holdId = idOf(positionals, 'hold');
  const [reason, doing] = [reasonOf(values.reason ?? ''), doingOf(values.actor)];
  await asArchivist((writer) => requestLift(writer, { holdId, reason }, doing));
  printLine({ hold: holdId, outcome: 'lift-requested', actor: doing.actor });
  return EXIT.ok;
}

async function confirm(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, { actor: { type: 'string' } }, 1);
  const holdId = idOf(positionals, 'hold');
  const doing = doingOf(values.actor);
  const outcome = await asArchivist((writer) => confirmHold(writer, holdId, doing));
  printLine({ hold: holdId, outcome, actor: doing.actor });
  return EXIT.ok;
}

async function list(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, { all: { type: 'boolean' } });
  const holds = await asArchivist(({ pool }) => listHolds(pool, values.all ?? false));
  for (const { placedAt, liftedAt, thing, ...hold } of holds)
    printLine({
      ...hold,
      ...thing,
      ...(thing.kind === 'period'
        ? { from: new Date(thing.from).toISOString(), to: new Date(thing.to).toISOString() }
        : {}),
      placedAt: new Date(placedAt).toISOString(),
      liftedAt: liftedAt === null ? null : new Date(liftedAt).toISOString(),
    });
  return EXIT.ok;
}

const VERBS = new Map([
  ['place', place],
  ['lift', lift],
  ['confirm', confirm],
  ['list', list],
]);

/** `mingcha admin hold`. */
export function legalHolds(args: readonly string[]): Promise<number> {
  return runVerb('admin hold', VERBS, args);
}
