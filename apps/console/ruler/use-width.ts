import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** An element's width, followed as it changes. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(900);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    // Nothing is drawn into no room: before the page's styles have come an element may have none.
    const measure = () => setWidth((known) => Math.floor(element.clientWidth) || known);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [place, width];
}
