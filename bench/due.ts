import type { BenchOptions } from './bench-options.js';
import type { Measure } from './measure.js';
export async function benchDue(_o: BenchOptions): Promise<Measure[]> {
  return [];
}
