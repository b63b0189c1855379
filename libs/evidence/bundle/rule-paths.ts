import { isBundlePath } from '../zip.js';

/** Names that a bundle itself gives below `data/rules/`. */
const TAKEN = ['index.json'];

const plainSegment = (segment: string): string =>
  segment.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.|^$/, '_');

/** Every folder above a path. */
function above(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

/**
 * Paths below `data/rules/` for rule files, in their order: the name that a file has where a bundle can hold it, else one
 * of its own in a folder `rules-N`. Two files never get the same one, nor one that differs in case alone, and none is
 * also a folder: a bundle can be unpacked anywhere. The same names give the same paths.
 */
export function rulePaths(names: readonly string[]): string[] {
  const files = new Set(TAKEN);
  const folders = new Set<string>();
  const fits = (path: string): boolean => {
    const lower = path.toLowerCase();
    return (
      isBundlePath(`data/rules/${path}`) &&
      !files.has(lower) &&
      !folders.has(lower) &&
      !above(lower).some((folder) => files.has(folder))
    );
  };
  return names.map((name) => {
    const plain = name.split('/').map(plainSegment);
    const short = (plain.at(-1) ?? '_').slice(-100);
    let path = plain.join('/');
    for (let n = 2; !fits(path); n += 1) path = `rules-${n}/${short}`;
    files.add(path.toLowerCase());
    for (const folder of above(path.toLowerCase())) folders.add(folder);
    return path;
  });
}
