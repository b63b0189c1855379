import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { fromHex, toHex } from '#core/audit/hex.js';
import { leafHashOfBytes } from '#core/audit/leaf-hash.js';
import { isSamePerson } from '#core/person-name.js';
import { REDACTED } from './format.js';
import type { Inspection } from './inspection.js';
import type { PinnedCheckpoint } from './log.js';
import { BUNDLE_EXIT } from './outcome.js';
import { LEAF, type Leaf, proofFault } from './records.js';
import type { BundleRequest } from './request.js';
import { hex, index, listOf, object, type Shape, text } from './shape.js';

interface Custody {
  readonly entity: string;
  readonly records: readonly { leafIndex: number; leaf: string; proof: string }[];
}

const CUSTODY: Shape<Custody> = object<Custody>({
  entity: text,
  records: listOf(object({ leafIndex: index, leaf: text, proof: text })),
});

const PATH = 'data/custody.json';
/** Without these two nothing may be exported: who asked, and who approved. */
const FIRST = ['export.requested', 'export.approved'] as const;

const encoder = new TextEncoder();

/**
 * The export's own records, in custody.json with their proofs, for they differ between exports: asked for and approved, in
 * this order, by two persons and another one, before the state that the bundle speaks of, and saying what data/request.json says.
 */
export function inspectCustody(
  inspection: Inspection,
  request: BundleRequest,
  pinned: PinnedCheckpoint,
): void {
  const { report } = inspection;
  const custody = inspection.json(PATH, CUSTODY);
  if (custody === null) return;
  const entity = `export:${request.requestNo}`;
  if (custody.entity !== entity)
    report.fail(BUNDLE_EXIT.chain, 'custody.entity', PATH, { entity, named: custody.entity });
  let prev: string | null = null;
  const deeds = custody.records.map((record, at) => {
    const { leafIndex } = record;
    const read = readDeed(inspection, record, pinned);
    if (read === null) return null;
    const { leaf, hash } = read;
    const place = `${PATH}#${leafIndex}`;
    if (leaf.entity !== entity)
      report.fail(BUNDLE_EXIT.chain, 'entity.foreign', PATH, { entity, record: leafIndex });
    else if (leaf.entitySeq !== at + 1 || leaf.prev !== prev)
      report.fail(BUNDLE_EXIT.chain, 'entity.joint', place, { entity, seq: at + 1 });
    if (leafIndex >= request.indexSize)
      report.fail(BUNDLE_EXIT.chain, 'custody.late', place, {
        record: leafIndex,
        size: request.indexSize,
      });
    prev = hash;
    return { leaf, place };
  });
  for (const [at, action] of FIRST.entries()) {
    const deed = deeds[at];
    if (deed?.leaf.action !== action)
      report.fail(BUNDLE_EXIT.chain, 'custody.absent', PATH, { action, entity });
    else sameAsRequest(inspection, deed, request);
  }
  const [asked, approved] = deeds.map((deed) => deed?.leaf.fields);
  if (asked !== undefined && approved !== undefined)
    inspectPersons(inspection, asked.requesters, approved.approver);
}

/** Two persons asked and another one approved, by their names as they are read. */
function inspectPersons({ report }: Inspection, requesters: unknown, approver: unknown): void {
  const names = [...(Array.isArray(requesters) ? requesters : []), approver].map(String);
  const areOthers = names.every((one, at) =>
    names.slice(at + 1).every((other) => !isSamePerson(one, other)),
  );
  if (names.length < 3 || !areOthers)
    report.fail(BUNDLE_EXIT.chain, 'custody.persons', PATH, { names: names.join(', ') });
}

/** What the record says and its hash; null, and reported, where it is no record. Its way to the checkpoint is followed. */
function readDeed(
  inspection: Inspection,
  { leafIndex, leaf: written, proof }: Custody['records'][number],
  pinned: PinnedCheckpoint,
): { readonly leaf: Leaf; readonly hash: string } | null {
  const leafHash = leafHashOfBytes(encoder.encode(written), inspection.machinery.sha256);
  const claim = { index: leafIndex, leafHash, proof };
  const reason = proofFault(inspection, claim, pinned);
  if (reason !== null)
    inspection.report.fail(BUNDLE_EXIT.proof, 'record.proof', `${PATH}#${leafIndex}`, {
      reason,
      proof: PATH,
    });
  const leaf = inspection.parse(PATH, written, LEAF);
  return leaf === null ? null : { leaf, hash: toHex(leafHash) };
}

/** What the two records say, under the names of data/request.json. */
function statedBy({ action, fields, time }: Leaf, request: BundleRequest): Record<string, unknown> {
  if (action === 'export.requested') {
    const { requesters, purpose, scope, notice, cause } = fields;
    return { requesters, purpose, scope, basis: { notice, cause }, requestedAt: time };
  }
  const numbers = (fields.numbers ?? {}) as Record<string, unknown>;
  return {
    approver: fields.approver,
    approvedAt: time,
    number: numbers[request.edition],
    otherEdition: numbers[request.edition === 'full' ? 'redacted' : 'full'],
  };
}

const SALTS = listOf(object({ file: text, pointer: text, salt: hex(32) }));

/** The scope of the request; where the record names the officer by digest and a full edition in clear, by the digest too. */
function namedScope(
  inspection: Inspection,
  { scope, edition }: BundleRequest,
  stated: unknown,
): unknown {
  const recorded = (stated as { readonly staffNo?: unknown } | null)?.staffNo;
  if (edition !== 'full' || typeof scope.staffNo !== 'string') return scope;
  if (typeof recorded !== 'object' || recorded === null) return scope;
  const salts = inspection.json('data/redactions.json', SALTS) ?? [];
  const salt = salts.find(
    (one) => one.file === 'data/request.json' && one.pointer === '/scope/staffNo',
  )?.salt;
  if (salt === undefined) return scope;
  const value = encoder.encode(canonicalJson(scope.staffNo));
  const input = new Uint8Array([...(fromHex(salt) ?? []), ...value]);
  return { ...scope, staffNo: { [REDACTED]: inspection.machinery.sha256Hex(input) } };
}

function sameAsRequest(
  inspection: Inspection,
  { leaf, place }: { readonly leaf: Leaf; readonly place: string },
  request: BundleRequest,
): void {
  const { report } = inspection;
  for (const [what, stated] of Object.entries(statedBy(leaf, request))) {
    const named = what === 'scope' ? namedScope(inspection, request, stated) : request.stated[what];
    if (
      canonicalJson((named ?? null) as JsonValue) !== canonicalJson((stated ?? null) as JsonValue)
    )
      report.fail(BUNDLE_EXIT.proof, 'custody.differs', place, { what });
  }
}
