import { hash } from 'node:crypto';
import type { Sha256 } from '#core/audit/leaf-hash.js';

/** SHA-256 by the system's own code: about eight times as fast as the portable one that core falls back on. */
export const nativeSha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');
