import { readFile } from 'node:fs/promises';

export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

// PostgreSQL refuses to run as root. A user made for it by the system's own package comes first;
// `nobody` is on every system, so none has to be created.
const CANDIDATES = ['postgres', 'nobody'];

/** The user as whom servers run that refuse root; undefined where this process is not root. */
export async function unprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const rows = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const row = rows.find(([user]) => user === name);
    if (row !== undefined) return { uid: Number(row[2]), gid: Number(row[3]) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and none of the users ${CANDIDATES.join(', ')} exists: run as ` +
      'another user, create one of them, or set DATABASE_URL',
  );
}
