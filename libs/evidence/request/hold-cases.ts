import type { Queryable } from '#store/audit-tree/tiles.js';
import { findScope } from '../gather/find-scope.js';
import type { ExportScope } from './export-scope.js';

/**
 * Holds the cases of a request: none of them is erased, and no month with their events or records dropped, until it is
 * refused, recalled or destroyed. `size`: of the tree in which the scope is looked for; null: as it is now. What is held
 * already stays held.
 */
export async function holdCases(
  client: Queryable,
  { requestNo, scope }: { readonly requestNo: string; readonly scope: ExportScope },
  size: number | null,
): Promise<void> {
  const { rows } = await client.query<{ size: string }>('select size from audit_tree');
  const { cases } = await findScope(client, scope, size ?? Number(rows[0]?.size ?? 0));
  await client.query(
    'insert into export_case (request_no, case_id) select $1, unnest($2::text[]) on conflict do nothing',
    [requestNo, cases],
  );
}
