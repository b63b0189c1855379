import { describe, expect, it } from '@jest/globals';
import { nationalCalendar } from '#core/calendar/national.js';
import type { Explanation, Finding } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { explainTree } from '#explanation/explain-tree.js';
import { reasonSentence } from '#explanation/reason-sentence.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { findingsOfExample, lawOfExample } from '#rulebook/run-example.js';
import type { ExplanationDto } from '../../apps/api/explanation/explanation.dto.js';

const { rulebook, sources } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Date.parse('2026-12-31T00:00:00Z'));

const found: (readonly [rule: RuleSource, finding: Finding])[] = sources.flatMap((rule) =>
  rule.examples.flatMap((example) =>
    findingsOfExample(rule.id, example, lawOfExample(example, rulebook, calendar)).map(
      (finding) => [rule, finding] as const,
    ),
  ),
);

const HOLES = /[{}—]|undefined|NaN|null|\[object/;
const HAN = /\p{Script=Han}/u;

function textsOf(node: ExplanationDto): string[] {
  return [node.text, ...node.children.flatMap(textsOf)];
}

/** What a rule's author wrote stays in it as it is. */
function without(text: string, rule: RuleSource, finding: Finding): string {
  const own = [rule.name.en, rule.text.en, ...rule.exceptions.map((one) => one.text.en)];
  const figures = Object.values(finding.explanation.params).filter(
    (one) => typeof one === 'string',
  );
  return [...own, ...figures].reduce((rest, one) => rest.replaceAll(one, ''), text);
}

describe('the findings of the approval pack', () => {
  it('are there to be told', () => {
    expect(found.length).toBeGreaterThan(20);
  });

  it('have one sentence each in both languages, without a hole', () => {
    for (const [rule, finding] of found) {
      const zh = reasonSentence(finding, rule, 'zh');
      const en = reasonSentence(finding, rule, 'en');
      const key = `${rule.id} ${finding.occurrence}`;
      expect([key, zh]).toEqual([key, expect.stringMatching(HAN)]);
      expect([key, zh]).not.toEqual([key, expect.stringMatching(HOLES)]);
      expect([key, en]).not.toEqual([key, expect.stringMatching(HOLES)]);
      expect([key, without(en, rule, finding)]).not.toEqual([key, expect.stringMatching(HAN)]);
    }
  });

  it('have an explanation of which every node reads in both languages', () => {
    for (const [rule, finding] of found)
      for (const language of ['zh', 'en'] as const)
        for (const text of textsOf(explainTree(finding.explanation, rule, language))) {
          const key = `${rule.id} ${language}`;
          expect([key, text]).not.toEqual([key, expect.stringMatching(HOLES)]);
          if (language === 'en')
            expect([key, without(text, rule, finding)]).not.toEqual([
              key,
              expect.stringMatching(HAN),
            ]);
        }
  });
});

describe('a reason', () => {
  const explanation: Explanation = {
    key: 'window.deadline',
    params: { window: '', anchorType: 'approval.accepted', anchorOn: '2026-09-10' },
    children: [
      { key: 'level', params: { level: 'yellow', from: Date.parse('2026-09-23T00:00:00+08:00') } },
      { key: 'level', params: { level: 'red', from: Date.parse('2026-09-25T00:00:00+08:00') } },
      {
        key: 'clock',
        params: {
          // 2026-09-10 and 2026-09-24: ten working days, 09-20 being a make-up Sunday, end on 09-23.
          day0: Date.parse('2026-09-10') / 86_400_000,
          lastDay: Date.parse('2026-09-24') / 86_400_000,
          lateAt: Date.parse('2026-09-25T00:00:00+08:00'),
          total: 10,
          unit: 'G',
          provisional: true,
          closedOn: null,
        },
      },
    ],
  };
  const finding = {
    occurrence: 'feed-a/1',
    ruleId: 'TA',
    level: 'red',
    since: 0,
    until: null,
    explanation,
  } as unknown as Finding;
  const tell = (changes: Partial<Finding>) =>
    reasonSentence({ ...finding, ...changes }, null, 'zh');

  it('says overdue only from the day after the last, and done late where it was', () => {
    const start = '该办件于2026-09-10受理,时限10个工作日(不含当日),最后一日为2026-09-24;';
    const provisional = '所涉年度的放假安排尚未公布,截止日为暂定。';
    expect(tell({})).toBe(`${start}到期未完成,自2026-09-25起超期。${provisional}`);
    expect(tell({ level: 'yellow' })).toBe(
      `${start}自2026-09-23起达到黄牌标准,尚未完成。${provisional}`,
    );
    const until = Date.parse('2026-09-26T01:00:00+08:00');
    expect(tell({ until })).toBe(`${start}于2026-09-26完成,已超过期限。${provisional}`);
    expect(tell({ level: 'yellow', until: Date.parse('2026-09-24T01:00:00+08:00') })).toBe(
      `${start}自2026-09-23起达到黄牌标准,于2026-09-24完成。${provisional}`,
    );
  });

  it('reads even where rule and explanation are unknown here', () => {
    const odd = { ...finding, explanation: { key: 'od-02', params: {} } } as Finding;
    expect(reasonSentence(odd, null, 'zh')).toBe('该办件符合规则“TA”:(本机未载入该版本的规则文本)');
    expect(explainTree(odd.explanation, null, 'en').text).toBe('od-02');
  });
});
