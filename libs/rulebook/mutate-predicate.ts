/** A predicate with one of its numbers moved by one unit. */
export interface ShiftedPredicate {
  readonly predicate: string;
  readonly from: string;
  readonly to: string;
}

/** Texts, names and numbers of a predicate, in this order, so that a figure inside a text or a name is no number. */
const TOKEN = /r?'(?:[^'\\]|\\.)*'|r?"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+(?:\.\d+)?/g;

/**
 * A predicate once for each of its numbers and each direction, that number moved by one unit: 1, or 0.05 where it lies
 * between 0 and 1. Left out are positions in a list (`[0]`), which are no thresholds.
 */
export function* shiftedPredicates(text: string): Iterable<ShiftedPredicate> {
  for (const match of text.matchAll(TOKEN)) {
    const [token] = match;
    if (!/^\d/.test(token) || text[match.index - 1] === '[') continue;
    const value = Number(token);
    const unit = value > 0 && value < 1 ? 0.05 : 1;
    for (const shifted of [value + unit, value - unit]) {
      const to = literal(shifted, token.includes('.'));
      const after = text.slice(match.index + token.length);
      yield { predicate: text.slice(0, match.index) + to + after, from: token, to };
    }
  }
}

/** A number of the same kind as before: with a point where it had one, in brackets where it fell below 0. */
function literal(value: number, isDouble: boolean): string {
  const rounded = Math.round(value * 100) / 100;
  const text = isDouble && Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
  return rounded < 0 ? `(${text})` : text;
}
