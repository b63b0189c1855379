import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isBundlePath, readZip, type ZipFault } from '../../zip.js';
import { BUNDLE_EXIT, Report } from '../outcome.js';
import type { OpenedBundle } from '../verify-bundle.js';

/** Largest bundle that is read into memory: zip, or sum of a folder's files. */
const MOST_BYTES = 2_000_000_000;
const MOST_FILES = 65_535;

/** Something about how the verifier was called, not about the bundle. */
export class OpenError extends Error {}

/**
 * Reads a bundle: the zip, or the folder that it was unpacked into. What is wrong with the zip itself is reported. Nothing
 * is unpacked or followed out of the folder. Throws OpenError where there is nothing to read or it is too large.
 */
export function openBundle(path: string): OpenedBundle {
  const report = new Report();
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new OpenError(`${path}: no such file or folder`);
  if (stat.isDirectory()) return { files: readFolder(path, report), report };
  if (!stat.isFile()) throw new OpenError(`${path}: neither a file nor a folder`);
  if (stat.size > MOST_BYTES)
    throw new OpenError(`${path}: ${stat.size} bytes; more than ${MOST_BYTES} are not read`);
  const { files, faults } = readZip(readFileSync(path));
  for (const fault of faults) reportFault(report, fault);
  return { files: files ?? new Map(), report };
}

function reportFault(report: Report, { reason, path, offset }: ZipFault): void {
  const changed = reason === 'checksum' || reason === 'header';
  const code = changed ? BUNDLE_EXIT.fileChanged : BUNDLE_EXIT.unreadable;
  report.fail(code, `zip.${reason}`, path, { file: path ?? '—', offset });
  if (reason === 'checksum' && path !== null) report.markDamaged(path);
}

function readFolder(root: string, report: Report): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  const visit = (folder: string) => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const stat = lstatSync(join(root, path));
      if (stat.isDirectory()) visit(path);
      else if (!stat.isFile() || !isBundlePath(path))
        report.fail(BUNDLE_EXIT.fileMissing, 'file.extra', path);
      else {
        bytes += stat.size;
        if (bytes > MOST_BYTES || files.size >= MOST_FILES)
          throw new OpenError(`${root}: more than ${MOST_BYTES} bytes or ${MOST_FILES} files`);
        files.set(path, readFileSync(join(root, path)));
      }
    }
  };
  visit('');
  return files;
}
