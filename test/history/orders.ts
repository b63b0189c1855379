/** Every order of a list. */
export function* allOrders<T>(items: readonly T[]): Iterable<T[]> {
  if (items.length <= 1) {
    yield [...items];
    return;
  }
  for (const [index, first] of items.entries())
    for (const rest of allOrders(items.toSpliced(index, 1))) yield [first, ...rest];
}

/** The reverse of a list and orders drawn from a fixed seed, the same ones every time. */
export function* seededOrders<T>(items: readonly T[], count: number): Iterable<T[]> {
  yield items.toReversed();
  let seed = 20250915;
  const below = (n: number) => {
    // Linear congruence of Numerical Recipes; its upper bits are even enough for shuffling.
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n);
  };
  for (let drawn = 1; drawn < count; drawn += 1) {
    const left = [...items];
    const order: T[] = [];
    while (left.length > 0) order.push(...left.splice(below(left.length), 1));
    yield order;
  }
}
