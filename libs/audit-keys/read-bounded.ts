/**
 * The body of an answer of somebody else, at most `most` bytes; null where it has more. What lies beyond is never held: reading
 * stops there and the connection is given up. Rejects with the system's error where the connection breaks.
 */
export async function readBounded(answer: Response, most: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body ?? []) {
    length += part.length;
    if (length > most) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
