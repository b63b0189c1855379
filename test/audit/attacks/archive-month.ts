import { join } from 'node:path';
import { archiveMonth, dropMonth } from '#store/archive/keep-month.js';
import { closeWriter, openWriter } from '#store/writer.js';
import type { TrailOffice } from './trail-office.js';

/** In a month whose term has run. */
export const OLD = Date.UTC(2012, 4, 7, 3, 4, 5, 6);

const TERMS = { event: 10, audit_record: 10 };

/** Archives the month of `OLD` below `folder`, and drops it, as two archivists do. Gives each archive's folder. */
export async function archiveOldMonth(
  office: TrailOffice,
  folder: string,
  tables: readonly ('event' | 'audit_record')[] = ['event', 'audit_record'],
): Promise<string[]> {
  // A month may go once nothing is open in it.
  await office.asAttacker(
    "update case_state set open_state = 'closed', next_due_at = null",
    "update alert set state = 'closed', ended = true",
  );
  const url = office.database.url;
  const archivist = openWriter({ url, role: 'mingcha_archivist', masterKey: null });
  const folders: string[] = [];
  for (const table of tables) {
    const into = join(folder, `${table}-2012-05`);
    const order = { table, month: '2012-05', folder: into, terms: TERMS };
    await archiveMonth(archivist, order, { actor: 'li', at: Date.now() });
    await dropMonth(archivist, { folder: into, terms: TERMS }, { actor: 'wang', at: Date.now() });
    folders.push(into);
  }
  await closeWriter(archivist);
  await office.sequence();
  await office.sign();
  return folders;
}
