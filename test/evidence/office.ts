import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BundleTools, buildBundle } from '#evidence/bundle/build-bundle.js';
import { gather } from '#evidence/gather/gather.js';
import { pinRequest } from '#evidence/gather/pin.js';
import type { Edition } from '#evidence/request/export-request.js';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { type Material, readMaterial } from '#evidence/request/material.js';
import { approveExport, requestExport } from '#evidence/request/requests.js';
import { parsePolicy } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { openBundle } from '#evidence/verify/shell/open-bundle.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import { readZip } from '#evidence/zip.js';
import { ANY_CITY } from '#rulebook/city.js';
import { packFolder } from '#rulebook/load-rules.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';
import { sentEvent } from '../api/sent-events.js';
import { MonitorDesk, type Sent } from '../monitor/monitor-desk.js';
import { LogDesk } from './log-desk.js';

export const MASTER_KEY = Buffer.alloc(32, 7);
export const AT = Date.UTC(2026, 2, 5, 1, 0, 0);
const LIMIT = { value: 10, unit: 'G' };

/** An event received half a minute after it was recorded. */
export function sent(
  type: string,
  about: { readonly id: string; readonly subject: string; readonly at: string },
  data: object = {},
): Sent {
  return {
    event: sentEvent(type, { ...about, data: { ...data } }),
    receivedAt: `${about.at}:30+08:00`,
  };
}

/** One case that runs over its promised limit, with a corrected acceptance; and one that is in time. */
export function twoCases(): Sent[] {
  const accepted = (subject: string, id: string, at: string) =>
    sent(
      'approval.accepted',
      { id, subject, at },
      {
        acceptedOn: at.slice(0, 10),
        statutoryLimit: { value: 20, unit: 'G' },
        promisedLimit: LIMIT,
        toleratedMaterials: [],
      },
    );
  const applied = (subject: string, id: string, at: string) =>
    sent(
      'approval.applied',
      { id, subject, at },
      {
        applicationType: 'new',
        applicant: {
          kind: 'natural',
          name: '王小明',
          idType: '身份证',
          idNo: '130602198801011234',
          contact: '13812345678',
          isAgent: false,
        },
      },
    );
  return [
    applied('N1', 'n1-1', '2025-09-15T09:00'),
    sent('approval.received', { id: 'n1-2', subject: 'N1', at: '2025-09-15T09:10' }),
    accepted('N1', 'n1-3', '2025-09-15T09:20'),
    applied('N2', 'n2-1', '2025-09-15T10:00'),
    sent('approval.received', { id: 'n2-2', subject: 'N2', at: '2025-09-15T10:10' }),
    accepted('N2', 'n2-3', '2025-09-15T10:20'),
    sent(
      'approval.step-entered',
      { id: 'n1-4', subject: 'N1', at: '2025-09-16T09:00' },
      { stepCode: 'SH', stepRole: 'review', stepLimit: { value: 3, unit: 'G' } },
    ),
  ];
}

/** Says that the feed has delivered until then. */
export function heartbeat(at: string): Sent {
  const to = `${at}:00+08:00`;
  return sent(
    'feed.heartbeat',
    { id: `hb-${at}`, subject: 'feed-a', at },
    {
      from: '2025-09-01T00:00:00+08:00',
      to,
    },
  );
}

/** A supervising office: monitor, log and the desk that exports, with one database. */
export class EvidenceOffice {
  readonly monitor: MonitorDesk;
  readonly log: LogDesk;
  readonly writer: Writer;
  private readonly material: Material;

  constructor(readonly url: string) {
    this.monitor = new MonitorDesk(url, MASTER_KEY);
    this.log = new LogDesk(url);
    this.writer = openWriter({ url, role: 'mingcha_evidence', masterKey: MASTER_KEY });
    this.material = readMaterial([packFolder('approval')], ANY_CITY, this.log.policy);
  }

  /** Two cases until a month after the first is due, with its alerts released by heartbeats on the way. */
  async run(): Promise<void> {
    await this.monitor.take(0, twoCases());
    for (const day of ['2025-09-20', '2025-09-25', '2025-09-30', '2025-10-15', '2025-10-31']) {
      await this.monitor.tick(`${day}T10:00:00+08:00`);
      await this.monitor.take(0, [heartbeat(`${day}T11:00`)]);
      await this.monitor.tick(`${day}T12:00:00+08:00`);
    }
  }

  get tools(): BundleTools {
    return {
      key: this.log.exportKey,
      verifier: [],
      software: { name: 'mingcha', version: '0.0.0-test' },
      organization: '某市纪检监察机关',
    };
  }

  async request(
    scope: ExportScope,
    editions: readonly Edition[] = ['full', 'redacted'],
    at = AT,
    material = this.material,
  ): Promise<string> {
    const requestNo = await requestExport(
      this.writer,
      {
        requesters: ['张某', '李某'],
        notice: '监调〔2026〕3号',
        cause: '涉嫌不作为',
        purpose: '初步核实',
        scope,
        editions,
      },
      { actor: '张某', at },
    );
    await approveExport(
      this.writer,
      requestNo,
      {
        reason: '同意',
        material,
      },
      { actor: '王某', at: at + 60_000 },
    );
    return requestNo;
  }

  async gather(requestNo: string) {
    const { pool } = this.writer;
    const request = await loadRequest(pool, requestNo);
    const pin = await pinRequest(this.writer, request, { actor: '张某', at: AT + 120_000 }, 5);
    return gather(this.writer, await loadRequest(pool, requestNo), pin);
  }

  async build(requestNo: string, edition: Edition = 'full', tools = this.tools) {
    return buildBundle(this.writer.pool, await this.gather(requestNo), edition, tools);
  }

  async close(): Promise<void> {
    await this.monitor.close();
    await this.log.close();
    await closeWriter(this.writer);
  }
}

/** Files of a bundle by path; throws where its zip is not in order. */
export function filesOf(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const { files, faults } = readZip(bytes);
  if (files === null || faults.length > 0) throw new Error(JSON.stringify(faults));
  return files;
}

/** What the verifier says of a bundle: exit code, and the failures and notes by their keys. */
export function verified(bytes: Uint8Array, policy: string) {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-bundle-'));
  try {
    const file = join(folder, 'bundle.zip');
    writeFileSync(file, bytes);
    const { exit, outcomes, tally } = verifyBundle(
      openBundle(file),
      parsePolicy(policy),
      nodeMachinery,
    );
    return {
      exit,
      tally,
      said: outcomes.map(({ key, place, params }) => ({ key, place, params })),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function textIn(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`${path} is not in the bundle`);
  return Buffer.from(bytes).toString('utf8');
}

/** Where a file of `shown` lets guesses at the bytes received, that `full` carries, be confirmed: by their digest in hex or base64. */
export function guessable(
  full: ReadonlyMap<string, Uint8Array>,
  shown: ReadonlyMap<string, Uint8Array>,
): string[] {
  const sources = [...full].filter(([path]) => path.endsWith('.bin'));
  if (sources.length === 0) throw new Error('the full edition carries no bytes as received');
  return sources.flatMap(([source, bytes]) => {
    const digest = createHash('sha256').update(bytes).digest();
    const written = [digest.toString('hex'), digest.toString('base64')];
    return [...shown]
      .filter(([, file]) => written.some((one) => Buffer.from(file).includes(one)))
      .map(([path]) => `${path} ${source}`);
  });
}
