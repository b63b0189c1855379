import type { Instant } from '#core/event/event.js';
import type { Queryable } from '#store/audit-tree/tiles.js';
import type { Writer } from '#store/writer.js';
import { gather } from '../gather/gather.js';
import { pinRequest } from '../gather/pin.js';
import { ExportError } from '../request/export-error.js';
import { type Edition, MAY } from '../request/export-request.js';
import { loadExportEvents, loadRequest } from '../request/load-requests.js';
import { pairOf } from '../request/requests.js';
import { changeRequest, type Doing } from '../request/save-export.js';
import type { Bag } from './bag.js';
import { type BundleTools, buildBundle } from './build-bundle.js';

/** One edition that is to be built, and by whom. */
export interface Building {
  readonly requestNo: string;
  readonly edition: Edition;
  /** The two people who generate it. */
  readonly persons: readonly string[];
  /** How long to wait for a signed state that covers the approval. */
  readonly waitSeconds: number;
}

/** Digest of the edition as it was built the first time; null where it never was. */
async function builtBefore(
  client: Queryable,
  requestNo: string,
  edition: Edition,
): Promise<string | null> {
  const events = await loadExportEvents(client, requestNo);
  const first = events.find(({ kind, detail }) => kind === 'built' && detail.edition === edition);
  return first === undefined ? null : String(first.detail.bundleDigest);
}

/**
 * Builds one edition of a request and records it. `keep` is given the zip before it is recorded and must leave it under
 * another name; only what is recorded may be handed on. Built again, or by several at once, it must come out the same to
 * the byte: what differs from the first that was recorded is refused. A
 * crash after the record leaves a bundle that can be built again. Throws ExportError.
 */
export async function buildExport(
  writer: Writer,
  building: Building,
  tools: BundleTools,
  given: { readonly actor: string; now(): Instant; keep(bag: Bag): Promise<void> },
): Promise<Bag> {
  const { requestNo, edition } = building;
  const persons = pairOf(building.persons, 'persons');
  const request = await loadRequest(writer.pool, requestNo);
  if (!MAY.built.includes(request.state))
    throw new ExportError('not-built', { requestNo, state: request.state });
  const number = request.numbers[edition];
  if (number === null) throw new ExportError('no-edition', { requestNo, edition });
  const { actor } = given;
  const doing: Doing = { actor, at: given.now() };
  const pin = await pinRequest(writer, request, doing, building.waitSeconds);
  const gathered = await gather(writer, { ...request, ...pin }, pin);
  const bag = await buildBundle(writer.pool, gathered, edition, tools);
  await given.keep(bag);
  await changeRequest(
    writer,
    requestNo,
    {
      kind: 'built',
      detail: async (_standing, client) => {
        // The request is locked: of two first builds the second sees the first.
        const before = await builtBefore(client, requestNo, edition);
        if (before !== null && before !== bag.digest)
          throw new ExportError('other-bytes', { number, before, now: bag.digest });
        return {
          edition,
          number,
          persons,
          treeSize: pin.treeSize,
          bundleDigest: bag.digest,
          contentDigest: bag.contentDigest,
          bytes: bag.bytes.length,
          files: bag.files,
          software: `${tools.software.name} ${tools.software.version}`,
        };
      },
    },
    { actor, at: given.now() },
  );
  return bag;
}
