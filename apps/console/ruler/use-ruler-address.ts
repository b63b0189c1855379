import { useSearchParams } from 'react-router';
import type { RulerView } from './ruler.js';
import { readPoints } from './ruler-measure.js';

/** How the ruler is looked at, in the page's address: `ruler=table`, `measure=2025-09-15..2025-10-17`. */
export function useRulerAddress() {
  const [address, setAddress] = useSearchParams();
  const change = (name: string, value: string) =>
    setAddress(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  const view: RulerView = address.get('ruler') === 'table' ? 'table' : 'drawing';
  return {
    view,
    onView: (next: RulerView) => change('ruler', next === 'table' ? 'table' : ''),
    toggle: () => change('ruler', view === 'table' ? '' : 'table'),
    points: readPoints(address.get('measure') ?? ''),
    onPoints: (points: readonly string[]) => change('measure', points.join('..')),
  };
}
