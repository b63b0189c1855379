/** Levels are told apart by shape, word and colour: the shape alone is enough. */
const SHAPES: Readonly<Record<string, string>> = {
  red: 'M1 1h10v10H1z',
  yellow: 'M6 .8 11.6 11H.4z',
  notice: 'M6 .8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 6 .8z',
  lead: 'M6 .4 11.6 6 6 11.6.4 6z',
  data: 'M1 2.2h10v2H1zm0 3h10v2H1zm0 3h10v2H1z',
};

export function LevelTag({ level, text }: { readonly level: string; readonly text: string }) {
  return (
    <span className={`level level-${level}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[level] ?? SHAPES.notice} />
      </svg>
      {text}
    </span>
  );
}
