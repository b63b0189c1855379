import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { archiveOldMonth, OLD } from '../audit/attacks/archive-month.js';
import { AuditedOffice, eventually } from './audited-office.js';

let audited: AuditedOffice;
let records: number;
let folder: string;
let folders: string[];

beforeEach(async () => {
  audited = await AuditedOffice.open();
  const { trail } = audited;
  const before = await audited.sizeNow();
  await trail.save(4, OLD, 'B');
  await trail.sequence();
  records = (await audited.sizeNow()) - before;
  await trail.sign();
  folder = join(trail.folder, 'archives');
  mkdirSync(folder);
  folders = await archiveOldMonth(trail, folder);
});
afterEach(() => audited.close());

const SIMULATED = { MINGCHA_RECORD_TIME: 'true' };

describe('the auditor and archived months', () => {
  it('judges dropped months by their hashes where it is given no folder', async () => {
    const { health } = await audited.audit(SIMULATED);
    const seen = await eventually(health, ({ recheck }) => recheck.endedAt !== null);
    expect(seen).toMatchObject({ ready: true, recheck: { inArchives: records } });
    expect(await audited.told()).toEqual([]);
  });

  it('reads them from their folder', async () => {
    const { health } = await audited.audit({ ...SIMULATED, MINGCHA_AUDITOR_ARCHIVES: folder });
    const seen = await eventually(health, ({ recheck }) => recheck.endedAt !== null);
    expect(seen).toMatchObject({ ready: true, findings: 0, recheck: { inArchives: 0 } });
  });

  it('is not well where an archive is missing, is damaged, or its folder cannot be read', async () => {
    const [, ofRecords = ''] = folders;
    const reasonOf = async (archives: string) => {
      const { health } = await audited.audit({ ...SIMULATED, MINGCHA_AUDITOR_ARCHIVES: archives });
      const { reason } = await eventually(health, (seen) => /archive/.test(seen.reason ?? ''));
      await audited.stop();
      return reason;
    };
    renameSync(ofRecords, join(audited.trail.folder, 'elsewhere'));
    expect(await reasonOf(folder)).toBe(
      `${records} records of dropped months are in no archive below ${folder}`,
    );
    renameSync(join(audited.trail.folder, 'elsewhere'), ofRecords);
    writeFileSync(join(ofRecords, 'checkpoint.txt'), 'another');
    expect(await reasonOf(folder)).toContain('checkpoint.txt');
    rmSync(folder, { recursive: true });
    expect(await reasonOf(folder)).toContain('cannot be read');
  });
});
