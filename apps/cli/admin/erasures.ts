import {
  approveErasure,
  listErasures,
  refuseErasure,
  requestErasure,
} from '#store/keeping/erasure.js';
import { CommandError, EXIT, readOptions, runVerb } from '../command.js';
import { reasonOf } from '../quarantine/decision-options.js';
import { asArchivist, doingOf, idOf, printLine } from './archivist.js';

async function request(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, {
    case: { type: 'string' },
    reason: { type: 'string' },
    actor: { type: 'string' },
  });
  const caseId = values.case;
  if (caseId === undefined) throw new CommandError('erase request needs --case CASE');
  const [reason, doing] = [reasonOf(values.reason ?? ''), doingOf(values.actor)];
  const requestId = await asArchivist((writer) =>
    requestErasure(writer, { caseId, reason }, doing),
  );
  printLine({ request: requestId, outcome: 'requested', caseId, actor: doing.actor });
  return EXIT.ok;
}

async function approve(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(args, { actor: { type: 'string' } }, 1);
  const requestId = idOf(positionals, 'request');
  const doing = doingOf(values.actor);
  const erased = await asArchivist((writer) => approveErasure(writer, requestId, doing));
  printLine({ request: requestId, outcome: 'erased', ...erased, actor: doing.actor });
  return EXIT.ok;
}

async function refuse(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    { reason: { type: 'string' }, actor: { type: 'string' } },
    1,
  );
  const requestId = idOf(positionals, 'request');
  const [reason, doing] = [reasonOf(values.reason ?? ''), doingOf(values.actor)];
  await asArchivist((writer) => refuseErasure(writer, { requestId, reason }, doing));
  printLine({ request: requestId, outcome: 'refused', actor: doing.actor });
  return EXIT.ok;
}

async function list(args: readonly string[]): Promise<number> {
  const { values } = readOptions(args, { all: { type: 'boolean' } });
  const requests = await asArchivist(({ pool }) => listErasures(pool, values.all ?? false));
  for (const { requestedAt, decidedAt, ...one } of requests)
    printLine({
      ...one,
      requestedAt: new Date(requestedAt).toISOString(),
      decidedAt: decidedAt === null ? null : new Date(decidedAt).toISOString(),
    });
  return EXIT.ok;
}

const VERBS = new Map([
  ['request', request],
  ['approve', approve],
  ['refuse', refuse],
  ['list', list],
]);

/** `mingcha admin erase`. */
export function erasures(args: readonly string[]): Promise<number> {
  return runVerb('admin erase', VERBS, args);
}
