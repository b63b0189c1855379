import type { Pool } from 'pg';
import { type City, feedOf, plainFeed } from '#rulebook/city.js';

/** Kinds of reference facts that are delivered when something changes, not as a stream of what happens. */
const KINDS = '^(catalog|org|calendar)[.]';

/**
 * Sources that have delivered such facts and whose numbering authority has no case: nothing is to be concluded from
 * their silence. A source that delivers cases as well is not among them.
 */
export async function sourcesOnChange(pool: Pool, city: City): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ source: string }>(
    'select distinct source from reference_fact where kind ~ $1',
    [KINDS],
  );
  const sources = rows.map(({ source }) => source);
  const authorities = sources.map(
    (source) => (feedOf(city, source) ?? plainFeed(source)).authority,
  );
  // Case ids are the authority, a slash and a number; '0' is what follows the slash in the order of the index.
  const found = await pool.query<{ source: string }>(
    `select u.source from unnest($1::text[], $2::text[]) as u (source, authority)
     where not exists (
       select from case_state c
       where c.case_id >= u.authority || '/' and c.case_id < u.authority || '0' limit 1)`,
    [sources, authorities],
  );
  return new Set(found.rows.map(({ source }) => source));
}
