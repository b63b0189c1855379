/** A state of a log that somebody remembers: one who signed it, or who looked at it. */
export interface SignedState {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** One line of JSON, with its line feed: what `parseState` reads. */
export function formatState({ origin, size, root }: SignedState): string {
  return `${JSON.stringify({ origin, size, root: Buffer.from(root).toString('hex') })}\n`;
}

/** Null where the text is none. */
export function parseState(text: string): SignedState | null {
  try {
    const { origin, size, root } = JSON.parse(text) as {
      origin: unknown;
      size: unknown;
      root: unknown;
    };
    if (typeof origin !== 'string' || !Number.isSafeInteger(size) || (size as number) < 0)
      return null;
    if (typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) return null;
    return { origin, size: size as number, root: Uint8Array.from(Buffer.from(root, 'hex')) };
  } catch {
    return null;
  }
}
