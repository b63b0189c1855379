import type { FindingKind, TrailFinding } from '#store/judge/trail-finding.js';
import { VERIFY_EXIT, type VerifyExit } from './verify-exit.js';
import { type VerifyLanguage, verifyText } from './verify-text.js';

/** Exit code of each kind of finding. */
export const EXIT_OF_KIND: Readonly<Record<FindingKind, VerifyExit>> = {
  rollback: VERIFY_EXIT.tree,
  tree: VERIFY_EXIT.tree,
  tile: VERIFY_EXIT.tree,
  checkpoint: VERIFY_EXIT.checkpoint,
  edited: VERIFY_EXIT.recordEdited,
  clock: VERIFY_EXIT.recordEdited,
  missing: VERIFY_EXIT.recordMissing,
  hidden: VERIFY_EXIT.recordMissing,
  twice: VERIFY_EXIT.recordMissing,
  unrecorded: VERIFY_EXIT.recordMissing,
  chain: VERIFY_EXIT.chain,
  index: VERIFY_EXIT.chain,
};

/** Where several kinds were found, the first of these is told by the exit code: what makes most of the rest doubtful. */
const GRAVEST: readonly VerifyExit[] = [
  VERIFY_EXIT.tree,
  VERIFY_EXIT.checkpoint,
  VERIFY_EXIT.recordEdited,
  VERIFY_EXIT.recordMissing,
  VERIFY_EXIT.chain,
];

export function gravest(kinds: ReadonlySet<FindingKind>): VerifyExit {
  const codes = new Set([...kinds].map((kind) => EXIT_OF_KIND[kind]));
  return GRAVEST.find((code) => codes.has(code)) ?? VERIFY_EXIT.ok;
}

/** Control and format characters, which a terminal might obey, are shown as `?`: values come from the database. */
function plain(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** Which record or records, in words. */
function placeText(language: VerifyLanguage, finding: TrailFinding): string {
  const { id, leafIndex, count, recordNo } = finding;
  const last = leafIndex === null ? null : leafIndex + count - 1;
  const parts = [
    id === null ? null : verifyText(language, 'place.id', { id: plain(id) }),
    leafIndex === null || count > 1
      ? null
      : verifyText(language, 'place.leaf', { index: leafIndex }),
    leafIndex === null || count === 1
      ? null
      : verifyText(language, 'place.leaves', { first: leafIndex, last, count }),
    recordNo === null ? null : verifyText(language, 'place.number', { recordNo }),
    leafIndex === null && count > 1 ? verifyText(language, 'place.count', { count }) : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? verifyText(language, 'place.none') : parts.join(' ');
}

/** One finding as one sentence for a person who is no engineer, with the place and both sides of the difference. */
export function findingSentence(language: VerifyLanguage, finding: TrailFinding): string {
  const { kind, what, where, expected, found } = finding;
  const params = {
    place: placeText(language, finding),
    what: plain(what),
    where: verifyText(language, `where.${where}`),
    expected: expected === null ? null : plain(expected),
    found: found === null ? null : plain(found),
  };
  const told = verifyText(language, `finding.${kind}`, params);
  if (expected === null && found === null) return told;
  return `${told} ${verifyText(language, 'finding.sides', params)}`;
}
