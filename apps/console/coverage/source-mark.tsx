import type { Schemas } from '../api/client.js';

export type SourceState = Schemas['CoverageDto']['state'];

/**
 * States of a source are told apart by shape, word and colour: a tick, a cross in a square, a broken bar, a
 * hollow square, a ring, an exclamation mark in a square.
 */
const SHAPES: Readonly<Record<SourceState, string>> = {
  current: 'M1.2 6.4 2.6 5l2.2 2.2 4.6-4.7 1.4 1.4-6 6.1z',
  silent:
    'M.5.5h11v11H.5zM3 4.2 4.8 6 3 7.8 4.2 9 6 7.2 7.8 9 9 7.8 7.2 6 9 4.2 7.8 3 6 4.8 4.2 3z',
  gap: 'M.5 3.5h4v5h-4zM7.5 3.5h4v5h-4z',
  'on-change':
    'M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8zm0 2a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z',
  unreadable: 'M.5.5h11v11H.5zM5.2 2.5h1.6v4.4H5.2zm0 5.4h1.6v1.6H5.2z',
  unheard: 'M.5.5h11v11H.5zM2.5 2.5v7h7v-7z',
};

export function SourceMark({
  state,
  text,
}: {
  readonly state: SourceState;
  readonly text: string;
}) {
  return (
    <span className={`source-mark source-${state}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path fillRule="evenodd" d={SHAPES[state]} />
      </svg>
      {text}
    </span>
  );
}
