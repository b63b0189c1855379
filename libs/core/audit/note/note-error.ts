/**
 * Why a note, checkpoint, request or proof is refused: longer than bounds allow, characters that may not stand in it, not in
 * its form, a key that is none, a signature of a known key that does not verify, no signature of a known key.
 */
export type NoteFault = 'length' | 'characters' | 'form' | 'key' | 'signature' | 'unsigned';

/** Thrown by everything in this folder that reads text. */
export class NoteError extends Error {
  readonly reason: NoteFault;

  constructor(reason: NoteFault, message: string) {
    super(message);
    this.name = 'NoteError';
    this.reason = reason;
  }
}
