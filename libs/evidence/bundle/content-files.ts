import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { JsonValue } from '#core/audit/canonical-json.js';
import { nationalEntries, nationalVersion } from '#core/calendar/national.js';
import type { Gathered } from '../gather/gather.js';
import type { GatheredEvent } from '../gather/read-events.js';
import type { Edition } from '../request/export-request.js';
import type { PayloadFiles } from './payload-files.js';
import type { Redactor } from './redact.js';
import { rulePaths } from './rule-paths.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const iso = (at: number): string => new Date(at).toISOString();
const asJson = (value: unknown): JsonValue => value as JsonValue;

/** Name of the file of received bytes: place of the record, beginning of the digest. */
export function sourceFile({ leafIndex, digest }: GatheredEvent): string {
  return `source-events/${leafIndex}-${digest.slice(0, 16)}.bin`;
}

/** How the bytes are to be read, as far as they say it themselves. */
function mediaType(raw: Buffer | null): string | null {
  if (raw === null) return null;
  const text = raw.subarray(0, 512).toString('utf8').trimStart();
  if (!text.startsWith('{')) return 'application/octet-stream';
  return text.includes('"specversion"') ? 'application/cloudevents+json' : 'application/json';
}

/** Events: bytes as received apart from what was read of them, and the list that ties both to their records. */
export function addEvents(
  files: PayloadFiles,
  { events }: Gathered,
  edition: Edition,
  redactor: Redactor,
): void {
  for (const one of events) {
    if (one.raw !== null && edition === 'full') files.bytes(sourceFile(one), one.raw);
    if (one.event !== null) {
      const path = `events/${one.leafIndex}.json`;
      const redacted = redactor.redact(`data/${path}`, asJson(one.event));
      files.json(path, edition === 'full' ? asJson(one.event) : redacted);
    }
  }
  files.json(
    'source-events/index.json',
    events.map((one) => ({
      file: one.raw === null || edition === 'redacted' ? null : `data/${sourceFile(one)}`,
      source: one.source,
      id: one.id,
      caseId: one.caseId,
      leafIndex: one.leafIndex,
      topic: one.topic,
      partition: one.partition,
      offset: one.offset,
      receivedAt: iso(one.receivedAt),
      // With the plain digest of withheld bytes, or with the salt, a guess at them could be confirmed.
      digest: edition === 'redacted' ? one.recordDigest : one.digest,
      recordDigest: one.recordDigest,
      salt: edition === 'redacted' ? null : one.salt,
      mediaType: mediaType(one.raw),
      headers: null,
      decoded: one.event === null ? null : `data/events/${one.leafIndex}.json`,
      movedTo: asJson(
        one.movedTo.map((place) => (edition === 'redacted' ? { ...place, salt: null } : place)),
      ),
      use: one.use,
      erased: one.raw === null,
    })),
  );
}

/** Texts that records name by their digest; in the redacted edition without the values that identify somebody. */
export function addDisclosures(
  files: PayloadFiles,
  { disclosures }: Gathered,
  edition: Edition,
  redactor: Redactor,
): void {
  for (const [leafIndex, text] of disclosures) {
    const path = `disclosures/${leafIndex}.json`;
    const before = redactor.made.length;
    const redacted = redactor.redact(`data/${path}`, JSON.parse(text) as JsonValue);
    if (edition === 'full' || redactor.made.length === before) files.text(path, text);
    else files.json(path, redacted);
  }
}

/** Rules, calendars, reference facts and settings: all that evaluating anew needs besides the events. */
export function addLaw(
  files: PayloadFiles,
  { material, facts }: Gathered,
  edition: Edition,
  redactor: Redactor,
): void {
  const paths = rulePaths(material.rules.map(({ file }) => file));
  const rules = material.rules.map(({ text }, index) => ({ file: paths[index] as string, text }));
  for (const { file, text } of rules) files.text(`rules/${file}`, text);
  files.json('rules/index.json', {
    places: [...new Set(rules.map(({ file }) => `data/rules/${file.split('/')[0]}`))],
    rules: rules.map(({ file, text }) => {
      const rule = parse(text) as { id: string; version: number };
      return {
        file: `data/rules/${file}`,
        ruleId: rule.id,
        version: rule.version,
        digest: sha256(text),
      };
    }),
  });
  files.json('calendar/national.json', {
    version: nationalVersion(Number.MAX_SAFE_INTEGER),
    entries: asJson(nationalEntries().map((entry) => ({ ...entry }))),
  });
  const references = asJson(
    facts.map(({ event, body, knownFrom }) => ({
      leafIndex: event.leafIndex,
      knownFrom: iso(knownFrom),
      event: body,
    })),
  );
  const path = 'calendar/references.json';
  const redacted = redactor.redact(`data/${path}`, references);
  files.json(path, edition === 'full' ? references : redacted);
  files.json('calendar/feeds.json', asJson(material.feeds));
}

/** What evaluating anew must reach: every statement about a finding that the records make. */
export function addReevaluation(files: PayloadFiles, { chains }: Gathered): void {
  const alertOf = new Map<string, string>();
  for (const [entity, [first]] of chains)
    if (entity.startsWith('alert:') && first !== undefined)
      alertOf.set(String(first.record.fields.findingId), entity.slice('alert:'.length));
  const statements = [...chains].flatMap(([entity, chain]) =>
    chain
      .filter(({ record }) => record.action.startsWith('finding.'))
      .map(({ leafIndex, record }) => {
        const findingId = record.object.slice('finding:'.length);
        return {
          alertId: alertOf.get(findingId) ?? null,
          findingId,
          caseId: entity.slice('case:'.length),
          ruleVersion: record.ruleVersion,
          kind: record.action.slice('finding.'.length),
          at: record.fields.at as string,
          asOf: record.fields.at as string,
          knownAt: record.time,
          leafIndex,
          bodyDigest: record.fields.bodyDigest as string,
        };
      }),
  );
  files.json(
    'reevaluation.json',
    statements.sort((a, b) => a.leafIndex - b.leafIndex),
  );
}

/** The order of what happened in each case, by the places of its records. */
export function addTimelines(files: PayloadFiles, { chains, events }: Gathered): void {
  const byLeaf = new Map(events.map((one) => [one.leafIndex, one]));
  for (const [entity, chain] of chains) {
    if (!entity.startsWith('case:')) continue;
    files.json(`timeline/${sha256(entity).slice(0, 16)}.json`, {
      caseId: entity.slice('case:'.length),
      entries: chain.map(({ leafIndex, record }) => {
        const event = byLeaf.get(leafIndex)?.event ?? null;
        return {
          seq: record.entitySeq,
          leafIndex,
          savedAt: record.time,
          action: record.action,
          object: record.object,
          type: event?.type ?? null,
          occurredAt: event === null ? null : iso(event.occurredAt),
          recordedAt: event === null ? null : iso(event.recordedAt),
          receivedAt: event === null ? null : iso(event.receivedAt),
          event: event === null ? null : `data/events/${leafIndex}.json`,
        };
      }),
    });
  }
}
