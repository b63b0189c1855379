import { type AuditRecord, leafText } from './audit-record.js';

const TEXTS = ['id', 'actor', 'action', 'object', 'schema', 'tenant'] as const;
const TEXTS_OR_NULL = ['entity', 'prev', 'ruleVersion', 'inputsDigest', 'traceId'] as const;

/**
 * The record that `leafText` wrote, or null where the text is none: no JSON, not canonical (so no member stands in it twice), a member
 * too many or too few, or of another kind. Writing what is returned gives the same text.
 */
export function readLeaf(text: string): AuditRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const leaf = value as { [member: string]: unknown };
  const isText = (name: string): boolean => typeof leaf[name] === 'string';
  const isWhole = (number: unknown): boolean => Number.isSafeInteger(number) && Number(number) >= 1;
  const time = isText('time') ? Date.parse(leaf.time as string) : Number.NaN;
  const isRecord =
    TEXTS.every(isText) &&
    TEXTS_OR_NULL.every((name) => leaf[name] === null || isText(name)) &&
    (leaf.entitySeq === null || isWhole(leaf.entitySeq)) &&
    typeof leaf.fields === 'object' &&
    leaf.fields !== null &&
    !Array.isArray(leaf.fields) &&
    !Number.isNaN(time);
  if (!isRecord) return null;
  const record = { ...leaf, time } as unknown as AuditRecord;
  try {
    // Written again: that finds members too many and twice, and whatever is not canonical.
    return leafText(record) === text ? record : null;
  } catch {
    // A number in `fields` that is no safe integer, broken Unicode, nesting without end: no leaf of ours.
    return null;
  }
}
