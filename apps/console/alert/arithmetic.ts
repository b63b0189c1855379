import type { Schemas } from '../api/client.js';

type Explanation = Schemas['ExplanationDto'];

/** The first node of an explanation that has a day list, and its figures; `days` null where none has one. */
export function arithmeticOf(explanation: Explanation): {
  readonly params: Explanation['params'];
  readonly days: Explanation['days'];
} {
  const found = nodeWithDays(explanation);
  return { params: found?.params ?? {}, days: found?.days ?? null };
}

function nodeWithDays(node: Explanation): Explanation | null {
  if (node.days !== null) return node;
  for (const child of node.children) {
    const found = nodeWithDays(child);
    if (found !== null) return found;
  }
  return null;
}

/** The version of a piece of evidence that counts: the effective one, else the newest that is kept. */
export function standing<T extends { readonly effective: boolean }>(
  versions: readonly T[],
): T | null {
  return versions.find(({ effective }) => effective) ?? versions.at(-1) ?? null;
}
