export interface Beginning<T> {
  /** Everything from the beginning, also what was read to tell; to be read once. */
  readonly all: AsyncIterable<T>;
  /** True where no more than `limit` is there. */
  readonly isAll: boolean;
}

/**
 * Reads on until more than `limit` was read, to tell whether there is that much. What fails meanwhile fails where it
 * stands in `all`.
 */
export async function beginningOf<T>(
  items: AsyncIterable<T>,
  limit: number,
  sizeOf: (item: T) => number,
): Promise<Beginning<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const read: T[] = [];
  let size = 0;
  let fault: { readonly error: unknown } | null = null;
  let isAll = false;
  try {
    while (size <= limit && !isAll) {
      const next = await iterator.next();
      if (next.done === true) isAll = true;
      else {
        read.push(next.value);
        size += sizeOf(next.value);
      }
    }
  } catch (error) {
    fault = { error };
    isAll = true;
  }
  async function* all(): AsyncIterable<T> {
    try {
      for (let at = 0; at < read.length; at += 1) {
        const item = read[at] as T;
        read[at] = undefined as T;
        yield item;
      }
      if (fault !== null) throw fault.error;
      if (isAll) return;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { all: all(), isAll };
}
