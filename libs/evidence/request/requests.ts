import type { LeafValue } from '#core/audit/audit-record.js';
import { isPlainName, isSamePerson } from '#core/person-name.js';
import type { Writer } from '#store/writer.js';
import { findScope } from '../gather/find-scope.js';
import { demandScopeFits } from '../gather/scope-size.js';
import { ExportError } from './export-error.js';
import { EDITIONS, type Edition } from './export-request.js';
import { holdCases } from './hold-cases.js';
import { loadRequest } from './load-requests.js';
import { type Material, materialBytes } from './material.js';
import {
  changeRequest,
  type Doing,
  type NewRequest,
  type StandingRequest,
  saveRequest,
} from './save-export.js';

const MOST_PERSON = 100;
const MOST_TEXT = 2_000;
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/u;

/** A person's id as given. Throws ExportError where it is empty, too long, or holds what is not seen (isPlainName). */
export function personOf(given: string | undefined, field: string): string {
  const person = given ?? '';
  if (person.length > MOST_PERSON || !isPlainName(person))
    throw new ExportError('person', { field });
  return person;
}

/** Words of a person: a purpose, a reason, a place. Throws ExportError where they are empty, too long or not plain text. */
export function wordsOf(given: string | undefined, field: string): string {
  const text = (given ?? '').trim();
  if (text === '' || text.length > MOST_TEXT || UNPRINTABLE.test(text))
    throw new ExportError('text', { field, most: MOST_TEXT });
  return text;
}

/** Two different people: nobody gathers evidence alone (监察法 44). */
export function pairOf(given: readonly string[], field: string): readonly [string, string] {
  const [first, second] = given.map((one) => personOf(one, field));
  if (given.length !== 2 || first === undefined || second === undefined)
    throw new ExportError('two-persons');
  if (isSamePerson(first, second)) throw new ExportError('two-persons');
  return [first, second];
}

export function editionOf(given: string): Edition {
  const edition = EDITIONS.find((one) => one === given);
  if (edition === undefined) throw new ExportError('edition');
  return edition;
}

/** Asks for evidence. Returns the number of the request. */
export function requestExport(writer: Writer, asked: NewRequest, doing: Doing): Promise<string> {
  return saveRequest(
    writer,
    {
      requesters: pairOf(asked.requesters, 'requesters'),
      notice: wordsOf(asked.notice, 'notice'),
      cause: wordsOf(asked.cause, 'cause'),
      purpose: wordsOf(asked.purpose, 'purpose'),
      scope: asked.scope,
      editions: EDITIONS.filter((one) => asked.editions.includes(one)),
    },
    doing,
  );
}

function anotherPerson({ requesters }: StandingRequest, approver: string): void {
  if (requesters.some((requester) => isSamePerson(requester, approver)))
    throw new ExportError('own-approval', { approver });
}

/**
 * Approves a request: its editions get their numbers, rules and settings are kept as they are now. Throws ExportError
 * where no bundle could be made of the scope: it is too large, or a version of a rule that findings were made under is not in
 * the material.
 */
export async function approveExport(
  writer: Writer,
  requestNo: string,
  given: { readonly reason: string; readonly material: Material },
  doing: Doing,
): Promise<StandingRequest> {
  const approver = personOf(doing.actor, 'approver');
  const { scope, state } = await loadRequest(writer.pool, requestNo);
  if (state === 'requested')
    await demandScopeFits(
      writer.pool,
      (size) => findScope(writer.pool, scope, size),
      given.material,
    );
  const { content, digest } = materialBytes(given.material);
  // Found again by its digest; without an approval that names it, it says nothing.
  await writer.pool.query(
    'insert into export_material (digest, content) values ($1, $2) on conflict do nothing',
    [digest, content],
  );
  return changeRequest(
    writer,
    requestNo,
    {
      kind: 'approved',
      row: { approver, material: digest },
      detail: async (standing, client) => {
        anotherPerson(standing, approver);
        const reason = wordsOf(given.reason, 'reason');
        // Cases that came into the scope since it was asked for.
        await holdCases(client, { requestNo, scope }, null);
        return {
          approver,
          reason,
          numbers: standing.numbers,
          materialDigest: digest.toString('hex'),
        };
      },
    },
    doing,
  );
}

/** Refuses a request; that is kept like an approval. */
export function refuseExport(
  writer: Writer,
  requestNo: string,
  reason: string,
  doing: Doing,
): Promise<StandingRequest> {
  const approver = personOf(doing.actor, 'approver');
  return changeRequest(
    writer,
    requestNo,
    {
      kind: 'refused',
      row: { approver },
      detail: (standing) => {
        anotherPerson(standing, approver);
        return { approver, reason: wordsOf(reason, 'reason') };
      },
    },
    doing,
  );
}

/** What happens to a bundle after it was built; each names an edition that exists. */
export type Custody =
  | { readonly kind: 'viewed'; readonly purpose: string }
  | { readonly kind: 'handed-over'; readonly persons: readonly string[]; readonly to: string }
  | {
      readonly kind: 'verified';
      readonly persons: readonly string[];
      readonly tool: string;
      readonly result: string;
    }
  | { readonly kind: 'recalled'; readonly reason: string }
  | { readonly kind: 'destroyed'; readonly persons: readonly string[]; readonly reason: string };

/** Where and with what device something was done with a bundle. */
export interface Whereabouts {
  readonly place: string;
  readonly device: string;
}

function custodyFields(custody: Custody): Readonly<Record<string, LeafValue>> {
  switch (custody.kind) {
    case 'viewed':
      return { purpose: wordsOf(custody.purpose, 'purpose') };
    case 'handed-over':
      return { persons: pairOf(custody.persons, 'persons'), to: wordsOf(custody.to, 'to') };
    case 'verified':
      return {
        persons: pairOf(custody.persons, 'persons'),
        tool: wordsOf(custody.tool, 'tool'),
        result: wordsOf(custody.result, 'result'),
      };
    case 'recalled':
      return { reason: wordsOf(custody.reason, 'reason') };
    case 'destroyed':
      return {
        persons: pairOf(custody.persons, 'persons'),
        reason: wordsOf(custody.reason, 'reason'),
      };
  }
}

/** Records what was done with a bundle: who, when, where, with what device. */
export function recordCustody(
  writer: Writer,
  about: { readonly requestNo: string; readonly edition: Edition },
  deed: Custody & Whereabouts,
  doing: Doing,
): Promise<StandingRequest> {
  const fields = custodyFields(deed);
  return changeRequest(
    writer,
    about.requestNo,
    {
      kind: deed.kind,
      detail: ({ numbers, requestNo }) => {
        const number = numbers[about.edition];
        if (number === null)
          throw new ExportError('no-edition', { requestNo, edition: about.edition });
        return {
          ...fields,
          edition: about.edition,
          number,
          place: wordsOf(deed.place, 'place'),
          device: wordsOf(deed.device, 'device'),
        };
      },
    },
    doing,
  );
}
