import { type Custody, editionOf, recordCustody } from '#evidence/request/requests.js';
import { evidenceCode } from '#evidence/texts.js';
import { EXIT, readOptions } from '../command.js';
import { actorOf } from '../quarantine/decision-options.js';
import { aboutOf, languageFrom, numberFrom, withDesk } from './export-desk.js';

const TEXT = { type: 'string' } as const;

const OPTIONS = {
  ...{ edition: TEXT, place: TEXT, device: TEXT, actor: TEXT, lang: TEXT, to: TEXT },
  ...{ tool: TEXT, result: TEXT, reason: TEXT, purpose: TEXT },
  person: { type: 'string', multiple: true },
} as const;

type Given = {
  readonly [Name in keyof typeof OPTIONS]?: (typeof OPTIONS)[Name] extends { multiple: true }
    ? string[]
    : string;
};

/** One step in the life of a bundle: recorded, and printed as one JSON line. */
async function step(
  args: readonly string[],
  verb: string,
  deed: (given: Given) => Custody,
): Promise<number> {
  const { values, positionals } = readOptions(args, OPTIONS, 1);
  const given = values as Given;
  const language = languageFrom(given.lang);
  const no = numberFrom(positionals, verb);
  const custody = deed(given);
  const { about, after } = await withDesk(language, async (writer) => {
    const of = await aboutOf(
      writer,
      no,
      given.edition === undefined ? null : editionOf(given.edition),
    );
    const where = { place: given.place ?? '', device: given.device ?? '' };
    const recorded = await recordCustody(
      writer,
      { requestNo: of.request.requestNo, edition: of.edition },
      { ...custody, ...where },
      { actor: actorOf(given.actor), at: Date.now() },
    );
    return { about: of, after: recorded };
  });
  const { requestNo, numbers } = about.request;
  const number = numbers[about.edition];
  process.stdout.write(
    `${JSON.stringify({ requestNo, number, step: custody.kind, state: after.state })}\n`,
  );
  process.stderr.write(`${number}: ${evidenceCode(language, 'export-event', custody.kind)}\n`);
  return EXIT.ok;
}

export const view = (args: readonly string[]) =>
  step(args, 'view', ({ purpose }) => ({ kind: 'viewed', purpose: purpose ?? '' }));

export const handOver = (args: readonly string[]) =>
  step(args, 'hand-over', ({ person, to }) => ({
    kind: 'handed-over',
    persons: person ?? [],
    to: to ?? '',
  }));

export const verified = (args: readonly string[]) =>
  step(args, 'verified', ({ person, tool, result }) => ({
    kind: 'verified',
    persons: person ?? [],
    tool: tool ?? '',
    result: result ?? '',
  }));

export const recall = (args: readonly string[]) =>
  step(args, 'recall', ({ reason }) => ({ kind: 'recalled', reason: reason ?? '' }));

export const destroyed = (args: readonly string[]) =>
  step(args, 'destroyed', ({ person, reason }) => ({
    kind: 'destroyed',
    persons: person ?? [],
    reason: reason ?? '',
  }));
