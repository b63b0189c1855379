import { CommandError } from '../command.js';

/** The id given on the command line. @throws CommandError where it is none: topic/partition/offset */
export function idFrom(positionals: readonly string[], verb: string): string {
  const [id] = positionals;
  if (id === undefined)
    throw new CommandError(`quarantine ${verb} needs the id of a record: topic/partition/offset`);
  if (!/^[^/]+\/\d{1,10}\/\d{1,19}$/.test(id))
    throw new CommandError(
      `'${id}' is no id of a quarantined record: an id is topic/partition/offset, such as mingcha.events/3/17`,
    );
  return id;
}
