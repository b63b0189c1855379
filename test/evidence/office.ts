import { type BundleTools, buildBundle } from '#evidence/bundle/build-bundle.js';
import { gather } from '#evidence/gather/gather.js';
import { pinRequest } from '#evidence/gather/pin.js';
import type { Edition } from '#evidence/request/export-request.js';
import type { ExportScope } from '#evidence/request/export-scope.js';
import { loadRequest } from '#evidence/request/load-requests.js';
import { readMaterial } from '#evidence/request/material.js';
import { approveExport, requestExport } from '#evidence/request/requests.js';
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

/** A supervising office: monitor, log and the desk that exports, with one database. */
export class EvidenceOffice {
  readonly monitor: MonitorDesk;
  readonly log: LogDesk;
  readonly writer: Writer;

  constructor(readonly url: string) {
    this.monitor = new MonitorDesk(url, MASTER_KEY);
    this.log = new LogDesk(url);
    this.writer = openWriter({ url, role: 'mingcha_evidence', masterKey: MASTER_KEY });
  }

  get tools(): BundleTools {
    return {
      key: this.log.exportKey,
      policy: this.log.policy,
      verifier: [],
      software: { name: 'mingcha', version: '0.0.0-test' },
      organization: '某市纪检监察机关',
    };
  }

  async request(
    scope: ExportScope,
    editions: readonly Edition[] = ['full', 'redacted'],
    at = AT,
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
      { reason: '同意', material: readMaterial([packFolder('approval')], ANY_CITY) },
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

export function textIn(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`${path} is not in the bundle`);
  return Buffer.from(bytes).toString('utf8');
}
