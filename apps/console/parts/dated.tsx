const TIME = /(\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)/;

/** A sentence whose dates and times are never broken over two lines. */
export function Dated({ text }: { readonly text: string }) {
  let at = 0;
  return text.split(TIME).map((part) => {
    const place = at;
    at += part.length;
    return TIME.test(part) ? (
      <span key={place} className="time">
        {part}
      </span>
    ) : (
      part
    );
  });
}
