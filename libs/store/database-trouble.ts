/**
 * What keeps a database from serving. `passes`: waiting helps, once somebody has removed the cause or by itself;
 * otherwise something about the settings or the schema has to be changed first.
 */
export interface DatabaseTrouble {
  readonly kind:
    | 'away'
    | 'disk-full'
    | 'exhausted'
    | 'read-only'
    | 'not-migrated'
    | 'refused'
    | 'other';
  /** PostgreSQL's code, or the system's (ECONNREFUSED); null where there is none. */
  readonly code: string | null;
  readonly passes: boolean;
  /** What is wrong and what to do, one or two sentences; no address and no password. */
  readonly text: string;
}

/** Ways in which a connection tells that the other side is away, or not ready yet. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // PostgreSQL: shutting down, crashed, starting up
  '57P01',
  '57P02',
  '57P03',
]);
const LOST = /connection terminated|timeout expired|timeout exceeded when trying to connect/i;
/** PostgreSQL gives a full quota no code of its own. */
const FULL = /no space left on device|disk quota exceeded/i;
const NOT_MIGRATED = new Set(['42P01', '42703', '3F000', '42883']);

function codeOf(error: Error): string | null {
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A host name with several addresses: each was tried.
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return codeOf(error.errors[0]);
  return null;
}

/** Judges an error of `pg` or of saveStep. Never throws. */
export function troubleOf(error: unknown): DatabaseTrouble {
  if (!(error instanceof Error))
    return { kind: 'other', code: null, passes: false, text: String(error) };
  const code = codeOf(error);
  const said = error.message || code || error.name;
  const tell = (kind: DatabaseTrouble['kind'], passes: boolean, text: string): DatabaseTrouble => ({
    kind,
    code,
    passes,
    text,
  });
  if (code === '53100' || FULL.test(said))
    return tell(
      'disk-full',
      true,
      `The disk of the PostgreSQL server is full (SQLSTATE ${code ?? 'unknown'}: ${said}). Make room where its data ` +
        'directory, its write-ahead log and its tablespaces lie; nothing needs to be restarted',
    );
  if ((code !== null && (AWAY.has(code) || code.startsWith('08'))) || LOST.test(said))
    return tell(
      'away',
      true,
      `The PostgreSQL server does not answer (${code === null || said.includes(code) ? said : `${code}: ${said}`}). ` +
        'Check that it runs; where it ends again and again, its own log says why (a full disk, for one)',
    );
  if (code?.startsWith('53') === true)
    return tell(
      'exhausted',
      true,
      `The PostgreSQL server has run out of a resource (SQLSTATE ${code}: ${said}). Give it more, or take load off it`,
    );
  if (code === '25006')
    return tell(
      'read-only',
      true,
      `The database takes no writes (SQLSTATE ${code}: ${said}). It is a standby, or was set to read-only: lead ` +
        'DATABASE_URL to the primary, or end what made it read-only',
    );
  if ((code !== null && NOT_MIGRATED.has(code)) || /role "mingcha_\w+" does not exist/.test(said))
    return tell(
      'not-migrated',
      false,
      `The database is not prepared for this version (SQLSTATE ${code ?? 'unknown'}: ${said}). Run: mingcha admin migrate`,
    );
  // The driver's own words where the server asks for a password and the address holds none, or the server is another's.
  if (
    code === '42501' ||
    code?.startsWith('28') === true ||
    code === '3D000' ||
    said.startsWith('SASL: ')
  )
    return tell(
      'refused',
      false,
      `The database refuses this login (${code === null ? said : `SQLSTATE ${code}: ${said}`}). Check DATABASE_URL (name, password), and that the login is a member ` +
        'of the role of this process (docs/operating.md, section 2)',
    );
  return tell('other', false, code === null ? said : `${said} (${code})`);
}
