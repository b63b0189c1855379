import { OpenError } from '#evidence/verify/shell/open-bundle.js';
import { verifyPaths } from '#evidence/verify/shell/verify-paths.js';
import { CommandError, readOptions } from '../command.js';
import { VERIFY_EXIT } from './verify-exit.js';
import { verifyLanguage } from './verify-text.js';

const WRONG_CALL = 'verify needs BUNDLE (or --match FULL REDACTED), --database URL or --log URL';

/**
 * `mingcha verify BUNDLE`: the same checks as the verify.mjs that the bundle carries, by this program's own copy.
 * Throws CommandError for a wrong call and for what cannot be read.
 */
export async function verifyBundle(args: readonly string[]): Promise<number> {
  const { values, positionals } = readOptions(
    args,
    {
      keys: { type: 'string' },
      lang: { type: 'string' },
      json: { type: 'boolean', default: false },
      match: { type: 'boolean', default: false },
    },
    2,
  );
  const [bundle, other] = positionals;
  if (bundle === undefined || (other !== undefined) !== (values.match === true))
    throw new CommandError(WRONG_CALL);
  try {
    const { exit, text } = verifyPaths({
      bundle,
      keys: values.keys ?? null,
      match: other ?? null,
      language: verifyLanguage(values.lang),
      json: values.json === true,
    });
    process.stdout.write(text);
    return exit;
  } catch (error) {
    if (error instanceof OpenError) throw new CommandError(error.message, VERIFY_EXIT.unreadable);
    throw error;
  }
}
