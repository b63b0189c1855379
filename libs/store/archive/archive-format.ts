import { createHash, hash } from 'node:crypto';

// The folder of an archived month (docs/adr/0020): manifest.json, checkpoint.txt, rows/<UTC day>.jsonl.gz.

export const FORMAT = 'mingcha.archive/1';
export const MANIFEST = 'manifest.json';
export const CHECKPOINT = 'checkpoint.txt';

export const ARCHIVED_TABLES = ['event', 'audit_record'] as const;
export type ArchivedTable = (typeof ARCHIVED_TABLES)[number];

/** One file of rows: those of one UTC day. */
export interface ArchiveFile {
  /** Path inside the folder, with `/`. */
  readonly name: string;
  readonly rows: number;
  /** Of the file as it lies there. */
  readonly bytes: number;
  /** Hex, of the file as it lies there. */
  readonly sha256: string;
  readonly sm3: string;
}

/** manifest.json. Its SHA-256 stands in the record `data.archived`, which the tree covers. */
export interface ArchiveManifest {
  readonly format: typeof FORMAT;
  readonly archiveId: string;
  readonly table: ArchivedTable;
  /** `YYYY-MM`, UTC. */
  readonly month: string;
  readonly rows: number;
  /** Hex SHA-256 over the SHA-256 (32 bytes) of each line, without its line end, in order. */
  readonly rowsDigest: string;
  readonly files: readonly ArchiveFile[];
  /** The complete checkpoint that covers every record of the month; `checkpoint.txt` is its note. */
  readonly tree: {
    readonly size: number;
    readonly root: string;
    readonly checkpointSha256: string;
  };
  /** RFC 3339. */
  readonly writtenAt: string;
  readonly writtenBy: string;
}

/** Something in an archive is not as its manifest says, or is missing. */
export class ArchiveError extends Error {
  constructor(
    /** Path inside the folder. */
    readonly file: string,
    what: string,
  ) {
    super(`${file}: ${what}`);
    this.name = 'ArchiveError';
  }
}

/** Collects rowsDigest line by line. */
export class RowsDigest {
  private readonly digest = createHash('sha256');
  rows = 0;

  add(line: string): void {
    this.digest.update(hash('sha256', line, 'buffer'));
    this.rows += 1;
  }

  /** Hex; once. */
  end(): string {
    return this.digest.digest('hex');
  }
}
