import { anyObject, index, listOf, object, oneOf, type Shape, text } from './shape.js';

/** What a verifier reads of `data/request.json`; the rest is for people. */
export interface BundleRequest {
  readonly format: string;
  readonly number: string;
  readonly edition: 'full' | 'redacted';
  /** Log that the records stand in. */
  readonly origin: string;
  /** Size of the pinned checkpoint. */
  readonly treeSize: number;
  /** Tree size that the committed index speaks of. */
  readonly indexSize: number;
  readonly checkpoint: string;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly cases: readonly string[];
  readonly alerts: readonly string[];
}

export const REQUEST_FILE = 'data/request.json';

export const REQUEST: Shape<BundleRequest> = object<BundleRequest>({
  format: oneOf('mingcha.evidence-bundle/1'),
  number: text,
  edition: oneOf('full', 'redacted'),
  origin: text,
  treeSize: index,
  indexSize: index,
  checkpoint: text,
  scope: anyObject,
  cases: listOf(text),
  alerts: listOf(text),
});
