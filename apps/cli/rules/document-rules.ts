import type { Level } from '#core/finding.js';
import type { RuleSource, WindowSource } from '#core/rule/rule.js';
import { EXIT } from '../command.js';
import { basisOf } from './explain-rule.js';
import { chosen, load } from './load.js';
import type { RulesRequest } from './rules.command.js';
import { windowNames, windowWords } from './window-words.js';
import { exceptionWords, type Language, levelWords, say } from './words.js';

/** Prints the catalogue of the rules as Markdown: an overview, then each rule with windows, exceptions and basis. */
export async function documentRules(request: RulesRequest): Promise<number> {
  const loaded = await load(request);
  const rules = chosen(loaded, request);
  for (const language of request.languages)
    process.stdout.write(`${catalogue(rules, language).join('\n')}\n`);
  return EXIT.ok;
}

function catalogue(rules: readonly RuleSource[], language: Language): string[] {
  const head =
    language === 'zh'
      ? ['# 规则目录', '', '| 规则 | 名称 | 级别 | 例外 | 依据 |']
      : ['# Rules', '', '| rule | name | levels | exceptions | basis |'];
  return [
    ...head,
    '|---|---|---|---|---|',
    ...rules.map((rule) => row(rule, language)),
    '',
    ...rules.flatMap((rule) => chapter(rule, language)),
  ];
}

function row(rule: RuleSource, language: Language): string {
  const levels = [...new Set(rule.windows.flatMap(levelsOf))].map((level) =>
    levelWords(language, level),
  );
  const exceptions = rule.exceptions.map((one) => one.code).join(', ');
  const cells = [
    rule.id,
    rule.name[language],
    levels.join(', '),
    exceptions,
    basisOf(rule, language),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function levelsOf(window: WindowSource): Level[] {
  return 'levels' in window ? window.levels.map((one) => one.level) : [window.level];
}

function chapter(rule: RuleSource, language: Language): string[] {
  const names = windowNames(rule);
  return [
    `## ${rule.id} ${rule.name[language]}`,
    '',
    rule.text[language].trim(),
    '',
    ...rule.windows.flatMap((window, index) => [
      `- \`${window.kind}\`${names[index] === '' ? '' : ` ${names[index]}`}`,
      ...windowWords(language, window).map((line) => `  - ${line}`),
    ]),
    ...rule.exceptions.map(
      (one) => `- ${one.code}: ${one.text[language]} (${exceptionWords(language, one)})`,
    ),
    `- ${say(language, '依据', 'basis')}: ${basisOf(rule, language)}`,
    `- ${say(language, '责任', 'answerable')}: ${rule.answerable.join(', ')}`,
    '',
  ];
}
