import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Hex SHA-256 of the parts joined by line feeds, each with its length before it, so that no two lists collide. */
export function digestOf(parts: readonly string[]): string {
  return bytesToHex(sha256(utf8ToBytes(parts.map((part) => `${part.length}:${part}`).join('\n'))));
}

/** Identity of a finding: the same rule, subject and occurrence give the same id for ever (design.md section 4). */
export function findingId(ruleId: string, subject: string, occurrence: string): string {
  return digestOf(['finding', ruleId, subject, occurrence]);
}
