import { ANY_CITY, type City, readCity } from '#rulebook/city.js';
import { CommandError, EXIT } from '../command.js';
import { errorText } from '../log/input-error.js';

/** The city of a file; any feed where none is named. @throws CommandError naming the file and what is wrong with it */
export function cityOf(path: string | undefined): City {
  if (path === undefined || path === '') return ANY_CITY;
  try {
    return readCity(path);
  } catch (error) {
    throw new CommandError(errorText(error), EXIT.input);
  }
}
