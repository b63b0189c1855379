import type { Pool } from 'pg';
import type { JsonValue } from '#core/audit/canonical-json.js';
import { chinaTime } from '#core/calendar/china-time.js';
import type { Gathered } from '../gather/gather.js';
import { addPapers } from '../report/papers.js';
import type { Edition } from '../request/export-request.js';
import { BUNDLE_FORMAT } from '../verify/format.js';
import { type Bag, type ExportKey, makeBag, type Payload } from './bag.js';
import {
  addDisclosures,
  addEvents,
  addLaw,
  addReevaluation,
  addTimelines,
} from './content-files.js';
import { PayloadFiles } from './payload-files.js';
import { addQuality } from './quality-files.js';
import { addCustody, addRecords } from './record-files.js';
import { Redactor } from './redact.js';
import { redactedScope } from './redacted-scope.js';

/** What a bundle carries besides what the database says. */
export interface BundleTools {
  readonly key: ExportKey;
  /** The offline verifier, below `data/verify/`. */
  readonly verifier: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  readonly software: { readonly name: string; readonly version: string };
  readonly organization: string;
}

function addRequest(
  files: PayloadFiles,
  { request, pin, scope }: Gathered,
  { edition, redactor }: { readonly edition: Edition; readonly redactor: Redactor },
  software: BundleTools['software'],
): void {
  const hidden = redactedScope(redactor, request.scope);
  const other = edition === 'full' ? 'redacted' : 'full';
  files.json('request.json', {
    format: BUNDLE_FORMAT,
    requestNo: request.requestNo,
    number: request.numbers[edition],
    edition,
    otherEdition: request.numbers[other],
    basis: { notice: request.notice, cause: request.cause },
    requesters: request.requesters,
    requestedAt: new Date(request.requestedAt).toISOString(),
    approver: request.approver,
    approvedAt: new Date(request.decidedAt ?? 0).toISOString(),
    purpose: request.purpose,
    scope: edition === 'full' ? (request.scope as unknown as JsonValue) : hidden,
    origin: pin.origin,
    treeSize: pin.treeSize,
    indexSize: pin.indexSize,
    checkpoint: `data/checkpoints/${pin.treeSize}.txt`,
    software,
    cases: scope.cases,
    alerts: scope.alerts,
  });
}

/** All files of `data/`. */
export async function makePayload(
  pool: Pool,
  gathered: Gathered,
  edition: Edition,
  tools: BundleTools,
): Promise<Payload> {
  const files = new PayloadFiles();
  const redactor = new Redactor(gathered.secret);
  addRequest(files, gathered, { edition, redactor }, tools.software);
  await addRecords(pool, files, gathered);
  await addCustody(pool, files, gathered);
  addEvents(files, gathered, edition, redactor);
  addDisclosures(files, gathered, edition, redactor);
  addLaw(files, gathered, edition, redactor);
  addQuality(files, gathered, edition, redactor);
  if (edition === 'full') {
    addReevaluation(files, gathered);
    const inOrder = redactor.made.toSorted((a, b) =>
      `${a.file}#${a.pointer}` < `${b.file}#${b.pointer}` ? -1 : 1,
    );
    files.json('redactions.json', inOrder as unknown as JsonValue);
  }
  addTimelines(files, gathered);
  for (const { path, bytes } of tools.verifier) files.bytes(`verify/${path}`, bytes);
  files.text('verify/policy.txt', gathered.material.policy);
  await addPapers(files, gathered, edition, tools);
  return files.payload;
}

/** Builds one edition of an approved and pinned request. The same request gives the same bytes. */
export async function buildBundle(
  pool: Pool,
  gathered: Gathered,
  edition: Edition,
  tools: BundleTools,
): Promise<Bag> {
  const { request } = gathered;
  const payload = await makePayload(pool, gathered, edition, tools);
  return makeBag(
    payload,
    {
      number: request.numbers[edition] as string,
      edition,
      date: chinaTime(request.decidedAt ?? 0).slice(0, 10),
      organization: tools.organization,
      description: request.notice,
    },
    tools.key,
  );
}
