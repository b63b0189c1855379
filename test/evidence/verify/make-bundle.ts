import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { encodeBase64 } from '#core/audit/note/base64.js';
import { REFERENCE_TYPES } from '#core/build-references.js';
import type { FeedConfig } from '#core/event/event.js';
import type { RegionSettings } from '#core/reference.js';
import { writeZip } from '#evidence/zip.js';
import type { Accepted, CoreRun } from './run-core.js';
import { type CommittedIndex, sha256Hex, TestKey, type TestLog } from './test-log.js';

export type Files = Map<string, Uint8Array>;

/** A rule file as it goes into the bundle. */
export interface RuleText {
  readonly ruleId: string;
  readonly version: number;
  readonly text: string;
}

export interface BundleOf {
  readonly run: CoreRun;
  readonly rules: readonly RuleText[];
  readonly feeds: readonly FeedConfig[];
  readonly regions?: readonly ({ readonly regionCode: string } & RegionSettings)[];
  readonly caseIds: readonly string[];
  /** What was asked for and approved; without it a query. */
  readonly scope?: Scope;
  /** Who asked for it and approved it, where it is not two persons and another one. */
  readonly persons?: Persons;
  /** A log can hold several requests. */
  readonly requestNo?: string;
}

interface Persons {
  readonly requesters: readonly string[];
  readonly approver: string;
}

type Scope = { readonly kind: string } & Readonly<Record<string, string | null>>;

export const exporterKey = new TestKey('export.test.example', 1);

const NUMBER = 'MZ-2026-0001';
const text = (written: string): Uint8Array => new TextEncoder().encode(written);
const json = (value: unknown): Uint8Array => text(`${canonicalJson(value as JsonValue)}\n`);
const iso = (at: number): string => new Date(at).toISOString();

/** Trusted keys, as they reach a verifier by another route than the bundle. */
export function policyOf(log: TestLog): string {
  return [
    '# keys of the test log',
    `origin ${log.origin}`,
    `log ${log.logKey.vkey}`,
    ...log.witnesses.map(({ vkey }) => `witness ${vkey}`),
    'quorum 2',
    `export ${exporterKey.vkey}`,
    '',
  ].join('\n');
}

/**
 * A bundle about some cases of a run, in the form of docs/adr/0022: written from the format's description for these tests and
 * independent of the exporter, which has tests with its own bundles.
 */
export function makeBundle(of: BundleOf): Files {
  const { run, rules, feeds, regions = [], caseIds } = of;
  const { scope = QUERY, requestNo = REQUEST_NO, persons = PERSONS } = of;
  const { log } = run;
  const files: Files = new Map();
  recordRequest(log, { scope, requestNo, persons });
  const earlier = log.checkpoint();
  const committed = log.commitIndex(EXPORTED_AT);
  const pinned = log.checkpoint();
  const alerts = [...log.chains.keys()].filter(
    (entity) => entity.startsWith('alert:') && isAbout(log, entity, caseIds),
  );
  const entities = [...caseIds.map((id) => `case:${id}`), ...alerts];
  const loose = addEvents(files, run, caseIds);
  loose.push(committed.place.recordIndex);
  for (const entity of entities) addEntity(files, log, entity, committed);
  const indices = new Set([
    ...loose,
    ...entities.flatMap((entity) => log.chains.get(entity) ?? []),
  ]);
  for (const index of indices) addRecord(files, run, index, pinned);
  files.set('data/loose.json', json(loose.sort((a, b) => a - b)));
  files.set(`data/checkpoints/${pinned.size}.txt`, text(pinned.note));
  files.set(`data/checkpoints/${earlier.size}.txt`, text(earlier.note));
  const path = log.consistency(earlier.size, pinned.size).map((hash) => `${encodeBase64(hash)}\n`);
  files.set(`data/consistency/${earlier.size}-${pinned.size}.txt`, text(path.join('')));
  addLaw(files, { rules, feeds, regions });
  addStatements(files, run, indices);
  addRequest(files, { log, caseIds, alerts, committed, pinned, scope, requestNo, persons });
  return files;
}

const EXPORTED_AT = Date.UTC(2026, 5, 1, 2);
const REQUEST_NO = '2026-0001';
const PERSONS: Persons = { requesters: ['p-wang', 'p-zhao'], approver: 'p-liu' };
const REQUESTED = {
  notice: '莲纪调〔2026〕1号',
  cause: '某案',
  purpose: 'preliminary review',
} as const;
const QUERY: Scope = {
  kind: 'query',
  unit: null,
  ruleId: null,
  level: null,
  from: '2023-01-01',
  to: '2026-05-31',
};
/** That the bundle was asked for by two people and approved by a third. */
function recordRequest(
  log: TestLog,
  { scope, requestNo, persons }: Required<Pick<BundleOf, 'scope' | 'requestNo' | 'persons'>>,
): void {
  const entity = `export:${requestNo}`;
  const deed = {
    object: entity,
    schema: 'mingcha.export-event/1',
    ruleVersion: null,
    inputsDigest: null,
  };
  log.append(entity, EXPORTED_AT - 7_200_000, {
    ...deed,
    action: 'export.requested',
    fields: { ...REQUESTED, requesters: persons.requesters, scope, editions: ['full'], eventNo: 1 },
  });
  log.append(entity, EXPORTED_AT - 3_600_000, {
    ...deed,
    action: 'export.approved',
    fields: {
      approver: persons.approver,
      reason: 'needed',
      numbers: { full: NUMBER, redacted: null },
      materialDigest: sha256Hex('material'),
      eventNo: 2,
    },
  });
}

/** The records of the request that lie before a checkpoint, with their proofs. */
function custodyOf(log: TestLog, pinned: { size: number; note: string }, requestNo: string) {
  const records = (log.chains.get(`export:${requestNo}`) ?? []).map((leafIndex) => ({
    leafIndex,
    leaf: log.records[leafIndex]?.leaf ?? '',
    proof: log.inclusion(leafIndex, pinned),
  }));
  return { entity: `export:${requestNo}`, records };
}

function isAbout(log: TestLog, alert: string, caseIds: readonly string[]): boolean {
  const [first] = log.chains.get(alert) ?? [];
  const leaf = JSON.parse(log.records[first as number]?.leaf ?? '{}') as {
    fields: { caseId: string };
  };
  return caseIds.includes(leaf.fields.caseId);
}

function addRecord(
  files: Files,
  { log, payloads }: CoreRun,
  index: number,
  pinned: { size: number; note: string },
): void {
  files.set(`data/records/${index}.json`, text(log.records[index]?.leaf ?? ''));
  files.set(`data/proofs/${index}.tlog-proof`, text(log.inclusion(index, pinned)));
  const payload = payloads.get(index);
  if (payload !== undefined) files.set(`data/disclosures/${index}.json`, text(payload));
}

function addEntity(files: Files, log: TestLog, entity: string, index: CommittedIndex): void {
  const records = log.chains.get(entity) ?? [];
  files.set(
    `data/entity/${sha256Hex(entity)}.json`,
    json({ entity, count: records.length, records, index: index.proofOf(entity) }),
  );
}

/** Bytes as received of the cases and of the reference facts; gives the records that belong to no chain. */
function addEvents(files: Files, run: CoreRun, caseIds: readonly string[]): number[] {
  const ofCases = run.accepted.filter(
    ({ event }) => !REFERENCE_TYPES.has(event.type) && caseIds.includes(event.caseId),
  );
  const facts = factsFor(run, ofCases);
  const wanted = [...facts, ...ofCases].sort((a, b) => a.leafIndex - b.leafIndex);
  const loose: number[] = [];
  const sources = wanted.map((one, at) => {
    const isReference = REFERENCE_TYPES.has(one.event.type);
    if (isReference) loose.push(one.leafIndex);
    return addEvent(files, one, { at, isReference });
  });
  files.set('data/source-events/index.json', json(sources));
  files.set(
    'data/calendar/references.json',
    json(
      facts.map(({ leafIndex, receivedAt, event }) => ({
        leafIndex,
        knownFrom: iso(receivedAt),
        event,
      })),
    ),
  );
  return loose;
}

/** Calendars and outages, and of catalogue and postings what the cases name: at least one, for no table says something else. */
function factsFor(run: CoreRun, ofCases: readonly Accepted[]): Accepted[] {
  const written = ofCases.map(({ value }) => value).join('\n');
  const facts = run.accepted.filter(({ event }) => REFERENCE_TYPES.has(event.type));
  const kinds = new Set<string>();
  return facts.filter(({ event }) => {
    const person = event.data.person as { staffNo?: string } | null;
    const name = event.type.startsWith('catalog.')
      ? String(event.data.itemCode ?? event.subject)
      : person?.staffNo;
    const isFirst = !kinds.has(event.type);
    kinds.add(event.type);
    return name === undefined || isFirst || written.includes(JSON.stringify(name));
  });
}

function addEvent(
  files: Files,
  { event, leafIndex, value, receivedAt, offset }: Accepted,
  { at, isReference }: { at: number; isReference: boolean },
) {
  const digest = sha256Hex(value);
  const file = `data/source-events/${at}-${digest.slice(0, 16)}.bin`;
  const decoded = `data/events/${leafIndex}.json`;
  files.set(file, text(value));
  files.set(decoded, json(event));
  return {
    file,
    source: event.source,
    id: event.id,
    caseId: isReference ? null : event.caseId,
    leafIndex,
    topic: 'mingcha.events',
    partition: 0,
    offset: String(offset),
    receivedAt: iso(receivedAt),
    digest,
    recordDigest: digest,
    salt: null,
    mediaType: 'application/cloudevents+json',
    headers: null,
    decoded,
    movedTo: [],
    use: isReference ? 'reference' : 'case',
  };
}

function addLaw(
  files: Files,
  { rules, feeds, regions }: Required<Pick<BundleOf, 'rules' | 'feeds' | 'regions'>>,
): void {
  const listed = rules.map(({ ruleId, version, text: written }) => {
    const file = `data/rules/test/${ruleId}-${version}.yaml`;
    files.set(file, text(written));
    return { file, ruleId, version, digest: sha256Hex(written) };
  });
  files.set('data/rules/index.json', json({ places: ['data/rules/test'], rules: listed }));
  files.set(
    'data/calendar/feeds.json',
    json({
      anyFeed: false,
      feeds,
      regions: regions.map(({ regionCode, pauseKindA, refusalFiling }) => ({
        regionCode,
        pauseKindA,
        refusalFiling,
      })),
      regionCodes: regions.map(({ regionCode }) => regionCode),
    }),
  );
}

function addStatements(files: Files, { log, payloads }: CoreRun, indices: Iterable<number>): void {
  const statements = [...indices]
    .sort((a, b) => a - b)
    .flatMap((leafIndex) => {
      const leaf = JSON.parse(log.records[leafIndex]?.leaf ?? '{}') as {
        action: string;
        object: string;
        entity: string;
        time: string;
        ruleVersion: string;
        fields: { at: string; bodyDigest: string };
      };
      if (!leaf.action.startsWith('finding.') || !payloads.has(leafIndex)) return [];
      return {
        alertId: null,
        findingId: leaf.object.slice('finding:'.length),
        caseId: leaf.entity.slice('case:'.length),
        ruleVersion: leaf.ruleVersion,
        kind: leaf.action.slice('finding.'.length),
        at: leaf.fields.at,
        asOf: leaf.fields.at,
        knownAt: leaf.time,
        leafIndex,
        bodyDigest: leaf.fields.bodyDigest,
      };
    });
  files.set('data/reevaluation.json', json(statements));
}

function addRequest(
  files: Files,
  given: {
    readonly log: TestLog;
    readonly caseIds: readonly string[];
    readonly alerts: readonly string[];
    readonly committed: CommittedIndex;
    readonly pinned: { readonly size: number; readonly note: string };
    readonly scope: Scope;
    readonly requestNo: string;
    readonly persons: Persons;
  },
): void {
  const { log, caseIds, alerts, committed, pinned, scope, requestNo, persons } = given;
  const { size } = pinned;
  const { notice, cause, ...asked } = REQUESTED;
  files.set(
    'data/request.json',
    json({
      format: 'mingcha.evidence-bundle/1',
      requestNo,
      ...asked,
      requesters: persons.requesters,
      scope,
      basis: { notice, cause },
      requestedAt: iso(EXPORTED_AT - 7_200_000),
      approver: persons.approver,
      approvedAt: iso(EXPORTED_AT - 3_600_000),
      number: NUMBER,
      otherEdition: null,
      edition: 'full',
      origin: log.origin,
      treeSize: size,
      indexSize: committed.place.size,
      checkpoint: `data/checkpoints/${size}.txt`,
      cases: caseIds,
      alerts: alerts.map((entity) => entity.slice('alert:'.length)),
      software: { name: 'mingcha', version: 'test' },
    }),
  );
  files.set('data/custody.json', json(custodyOf(log, pinned, requestNo)));
  files.set('data/verify/policy.txt', text(policyOf(log)));
}

const digestOf = (algorithm: 'sha256' | 'sm3') => (bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');

/** Manifests and the exporter's signature over what is there now: also what somebody who holds the export key can make. */
export function seal(files: Files, key = exporterKey, edition = 'full', number = NUMBER): Files {
  const sealed: Files = new Map(
    [...files].filter(([path]) => path.startsWith('data/')).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const payload = [...sealed];
  const lines = (
    of: readonly (readonly [string, Uint8Array])[],
    digest: ReturnType<typeof digestOf>,
  ) => text(of.map(([path, bytes]) => `${digest(bytes)}  ${path}\n`).join(''));
  const size = payload.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  const tags: [string, Uint8Array][] = [
    ['bag-info.txt', text(`Payload-Oxum: ${size}.${payload.length}\n`)],
    ['bagit.txt', text('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')],
    ['manifest-sha256.txt', lines(payload, digestOf('sha256'))],
    ['manifest-sm3.txt', lines(payload, digestOf('sm3'))],
  ];
  for (const [path, bytes] of tags) sealed.set(path, bytes);
  const tagManifest = lines(tags, digestOf('sha256'));
  sealed.set('tagmanifest-sha256.txt', tagManifest);
  const others = [...files].filter(
    ([path]) => path.startsWith('signatures/') && path !== 'signatures/manifest.ed25519',
  );
  const covered = others.map(([path, bytes]) => `${path} ${sha256Hex(bytes)}\n`).join('');
  for (const [path, bytes] of others) sealed.set(path, bytes);
  const head = `mingcha.evidence-bundle/1\n${number}\n${edition}\n`;
  const signed = `${head}${sha256Hex(tagManifest)}\n${covered}`;
  sealed.set('signatures/manifest.ed25519', text(key.signNote(signed)));
  return sealed;
}

export function zipOf(files: Files): Uint8Array {
  return writeZip([...files].map(([path, bytes]) => ({ path, bytes })));
}
