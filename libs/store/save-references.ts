import type { PoolClient } from 'pg';
import type { ReferenceToSave } from './step-to-save.js';
import { storableJson } from './storable-text.js';

const INSERT_REFERENCE = `
  insert into reference_fact (kind, code, version, digest, valid_from, valid_to, known_from, source, event_id, tenant, body)
  select u.kind, u.code, u.version, decode(u.digest, 'hex'), u.valid_from, u.valid_to, to_timestamp(u.known_from / 1000),
    u.source, u.event_id, $1, u.body
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::float8[], $9::text[],
      $10::text[], $11::jsonb[])
    as u (kind, code, version, digest, valid_from, valid_to, known_from, source, event_id, body)
  order by u.kind, u.code, u.version, u.digest
  on conflict do nothing`;

/** Of one (kind, code, version) each fact is known until the next one became known; ties go by digest. */
const CLOSE_REFERENCE = `
  update reference_fact r set known_to = n.known_to
  from (
    select kind, code, version, digest,
      lead(known_from, 1, 'infinity') over (partition by kind, code, version order by known_from, digest) as known_to
    from reference_fact
    where (kind, code, version) in (select * from unnest($1::text[], $2::text[], $3::text[]))
  ) n
  where r.kind = n.kind and r.code = n.code and r.version = n.version and r.digest = n.digest
    and r.known_to <> n.known_to`;

/** Saves reference facts as published; the same fact again has no effect, earlier versions stay readable. */
export async function saveReferences(
  client: PoolClient,
  facts: readonly ReferenceToSave[],
  tenant: string,
): Promise<void> {
  if (facts.length === 0) return;
  const all = <T>(value: (fact: ReferenceToSave) => T): T[] => facts.map(value);
  await client.query(INSERT_REFERENCE, [
    tenant,
    all((fact) => fact.kind),
    all((fact) => fact.code),
    all((fact) => fact.version),
    all((fact) => fact.digest),
    all((fact) => fact.validFrom),
    all((fact) => fact.validTo),
    all((fact) => fact.knownFrom),
    all((fact) => fact.source),
    all((fact) => fact.eventId),
    all((fact) => storableJson(fact.body)),
  ]);
  await client.query(CLOSE_REFERENCE, [
    all((fact) => fact.kind),
    all((fact) => fact.code),
    all((fact) => fact.version),
  ]);
}
