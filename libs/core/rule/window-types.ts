import type { WindowSource } from './rule.js';

/** Types that the event may have which a window is about; none where any may. */
export function anchorsOf(window: WindowSource): readonly string[] {
  switch (window.kind) {
    case 'deadline':
      return window.from === 'acceptance' ? [] : window.from;
    case 'absence':
      return window.of === '*' ? [] : window.of;
    case 'count':
      return window.of;
    case 'sequence':
      return window.then;
    case 'order':
      return window.earlier;
    case 'same-actor':
      return window.parts.flatMap((part) => part.of);
    case 'condition':
      return window.on === '*' ? [] : window.on;
    case 'manual':
      return [];
  }
}

/** Types that `end` may have. */
export function endingsOf(window: WindowSource): readonly string[] {
  switch (window.kind) {
    case 'deadline':
      return window.until.filter((type) => type !== 'closing');
    case 'sequence':
      return window.first ?? [];
    case 'order':
      return window.later;
    default:
      return [];
  }
}

/** Types without which a window can find nothing; null where any event will do. */
export function anchorTypesOf(window: WindowSource): readonly string[] | null {
  if (window.kind === 'deadline' && window.from === 'acceptance')
    return ['approval.accepted', 'approval.received'];
  if (window.kind === 'absence' && window.of === '*') return null;
  if (window.kind === 'condition' && window.on === '*') return null;
  return anchorsOf(window);
}
