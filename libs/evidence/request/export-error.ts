import { evidenceText } from '../texts.js';

type Params = Readonly<Record<string, string | number | boolean | null>>;

/** A request, or a step of one, that cannot be: the reason is a key of the language files (`error.<reason>`). */
export class ExportError extends Error {
  constructor(
    readonly reason: string,
    readonly params: Params = {},
  ) {
    super(evidenceText('en', `error.${reason}`, params));
    this.name = 'ExportError';
  }
}
