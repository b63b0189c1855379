import { casesOf, effectOf } from './effective.js';
import type { Event, EventRef } from './event.js';

function keyOf(ref: EventRef): string {
  // U+0000 cannot occur in a decoded source or id.
  return `${ref.source}\u0000${ref.id}`;
}

/** What a correction or revocation names; null for a fact. */
export function targetOf(event: Event): EventRef | null {
  return effectOf(event) === 'states' ? null : event.correctionOf;
}

/**
 * Versions by the chain of corrections that they belong to: a fact, what corrects or revokes it, what corrects or
 * revokes that, and so on. An identity that only is named, and never came, ties nothing together: what waits for it
 * binds when it arrives.
 */
export class CorrectionChains {
  private readonly versions = new Map<string, Event[]>();
  private readonly replacers = new Map<string, Set<string>>();

  /** Takes in a version; one that is known already changes nothing. */
  add(event: Event): void {
    const key = keyOf(event);
    const known = this.versions.get(key);
    if (known?.some(({ rawDigest }) => rawDigest === event.rawDigest)) return;
    if (known === undefined) this.versions.set(key, [event]);
    else known.push(event);
    const target = targetOf(event);
    if (target === null) return;
    const named = keyOf(target);
    const replacers = this.replacers.get(named);
    if (replacers === undefined) this.replacers.set(named, new Set([key]));
    else replacers.add(key);
  }

  has(ref: EventRef): boolean {
    return this.versions.has(keyOf(ref));
  }

  /** Every known version of the chain that an identity belongs to, in no particular order; empty where it is unknown. */
  chainOf(ref: EventRef): Event[] {
    const first = keyOf(ref);
    const seen = new Set([first]);
    const chain: Event[] = [];
    for (const key of seen) {
      const versions = this.versions.get(key);
      if (versions === undefined) continue;
      for (const version of versions) {
        chain.push(version);
        const target = targetOf(version);
        if (target !== null) seen.add(keyOf(target));
      }
      for (const replacer of this.replacers.get(key) ?? []) seen.add(replacer);
    }
    return chain;
  }
}

/**
 * The cases that a chain concerns, in id order: those that its versions stand in and those that its corrections move
 * the fact to. Each of them needs every version of the chain to say what is true of it.
 */
export function concernedBy(chain: Iterable<Event>): string[] {
  const cases = new Set<string>();
  for (const event of chain) for (const caseId of casesOf(event)) cases.add(caseId);
  return [...cases].sort();
}
