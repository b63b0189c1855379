import { type LoadedRulebook, loadRulebook } from '#rulebook/load-rules.js';
import { CommandError } from '../command.js';
import { loadMapping } from '../log/mapping.js';
import { mappedTypes } from '../replay/mapped-types.js';
import type { RulesRequest } from './rules.command.js';

/** Loads the rules that a call names; a wrong file is a RulebookError with every problem in it. */
export async function load(request: RulesRequest): Promise<LoadedRulebook> {
  const { places, mapping } = request;
  if (mapping === undefined) return loadRulebook(places);
  return loadRulebook(places, mappedTypes(await loadMapping(mapping)));
}

/** The rules that a call is about: all that were loaded, or every version of the one that it names. */
export function chosen(loaded: LoadedRulebook, request: RulesRequest): LoadedRulebook['sources'] {
  if (request.ruleId === undefined) return loaded.sources;
  const found = loaded.sources.filter((rule) => rule.id === request.ruleId);
  if (found.length === 0)
    throw new CommandError(
      `there is no rule '${request.ruleId}' in ${request.places.join(', ')}; 'rules doc' lists them all`,
    );
  return found;
}
