import type { RuleSource } from '#core/rule/rule.js';
import { EXIT } from '../command.js';
import { chosen, load } from './load.js';
import type { RulesRequest } from './rules.command.js';
import { windowNames, windowWords } from './window-words.js';
import { exceptionWords, type Language, say } from './words.js';

/** Prints one rule in words. */
export async function explainRule(request: RulesRequest): Promise<number> {
  const loaded = await load(request);
  const texts = chosen(loaded, request).flatMap((rule) =>
    request.languages.map((language) => explained(rule, language).join('\n')),
  );
  process.stdout.write(`${texts.join('\n\n')}\n`);
  return EXIT.ok;
}

function explained(rule: RuleSource, language: Language): string[] {
  const until = rule.effective.to === undefined ? '' : ` – ${rule.effective.to}`;
  return [
    `${rule.id} ${rule.name[language]} (${say(language, '版本', 'version')} ${rule.version}, ${rule.effective.from}${until})`,
    rule.text[language].trim(),
    '',
    ...windowsOf(rule, language),
    ...paramsOf(rule, language),
    '',
    ...exceptionsOf(rule, language),
    '',
    `${say(language, '依据', 'Basis')}: ${basisOf(rule, language)}`,
    `${say(language, '责任', 'Answerable')}: ${rule.answerable.join(', ')}`,
    `${say(language, '示例', 'Examples')}: ${rule.examples.length}`,
  ];
}

function windowsOf(rule: RuleSource, language: Language): string[] {
  const names = windowNames(rule);
  return rule.windows.flatMap((window, index) => {
    const name = names[index] ?? '';
    return [
      `${say(language, '窗口', 'Window')}${name === '' ? '' : ` ${name}`} (${window.kind})`,
      ...windowWords(language, window).map((line) => `  ${line}`),
    ];
  });
}

function paramsOf(rule: RuleSource, language: Language): string[] {
  const params = Object.entries(rule.params ?? {});
  if (params.length === 0) return [];
  const list = params.map(([name, value]) => `${name} = ${String(value)}`).join(', ');
  return [`${say(language, '参数', 'Params')}: ${list}`];
}

function exceptionsOf(rule: RuleSource, language: Language): string[] {
  if (rule.exceptions.length === 0) return [say(language, '例外:无', 'Exceptions: none')];
  return [
    say(language, '例外', 'Exceptions'),
    ...rule.exceptions.map((one) => {
      const only = one.windows === undefined ? '' : ` [${one.windows.join(', ')}]`;
      return `  ${one.code}${only} ${one.text[language]} (${exceptionWords(language, one)})`;
    }),
  ];
}

/** Laws and articles on one line; what is only local practice says so. */
export function basisOf(rule: RuleSource, language: Language): string {
  return rule.basis
    .map(({ law, article, local }) => {
      const mark =
        local === true
          ? ` (${say(language, '地方做法或默认设置', 'local practice or default')})`
          : '';
      return `${law[language]} ${article}${mark}`;
    })
    .join('; ');
}
