import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { numberOf } from '../alerts/alert-table.js';
import type { Schemas } from '../api/client.js';
import { DataText, langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { LevelTag } from '../parts/level-tag.js';
import type { Numbered } from '../ruler/ruler-marks.js';

type CaseDetail = Schemas['CaseDto'];
type RuleAnswer = Schemas['RuleAnswerDto'];

const GROUPS: readonly { readonly name: string; readonly outcomes: readonly string[] }[] = [
  { name: 'finding', outcomes: ['finding'] },
  { name: 'kept', outcomes: ['held', 'grouped', 'silenced'] },
];

interface AnswersProps {
  readonly found: CaseDetail;
  readonly events: readonly Numbered[];
}

/** Why there is an alert, and why there is none: what every rule in force says of the case. */
export function RuleAnswers({ found, events }: AnswersProps) {
  const { t } = useTranslation();
  const quiet = found.rules.filter(({ outcome }) => outcome === 'nothing' || outcome === 'manual');
  return (
    <>
      {GROUPS.map(({ name, outcomes }) => {
        const own = found.rules.filter(({ outcome }) => outcomes.includes(outcome));
        if (own.length === 0 && name !== 'finding') return null;
        return (
          <section key={name} className="answers">
            <h3>{t(`case.rules.${name}`, { number: own.length })}</h3>
            {own.length === 0 && (
              <p className="no-alert">
                {t('case.rules.no-alert')} {found.coverageText}
              </p>
            )}
            <ul className="others">
              {own.map((answer) => (
                <Answer
                  key={`${answer.ruleId} ${answer.ruleVersion}`}
                  answer={answer}
                  events={events}
                />
              ))}
            </ul>
          </section>
        );
      })}
      <Quiet answers={quiet} found={found} events={events} />
    </>
  );
}

/** Rules without a finding, folded, with a search; the coverage stands beside, since silence of a source proves nothing. */
function Quiet({
  answers,
  found,
  events,
}: AnswersProps & { readonly answers: readonly RuleAnswer[] }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const word = wanted.trim().toLowerCase();
  const shown = answers.filter(({ ruleId, ruleName }) =>
    `${ruleId} ${ruleName}`.toLowerCase().includes(word),
  );
  return (
    <details className="fold">
      <summary>{t('case.rules.nothing', { number: answers.length })}</summary>
      <p className="no-alert">{found.coverageText}</p>
      <Input
        className="filter-wide"
        allowClear
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
        placeholder={t('case.rules.search')}
        aria-label={t('case.rules.search')}
      />
      <p role="status" className="soft">
        {t('case.rules.shown', { number: shown.length, of: answers.length })}
      </p>
      <ul className="others">
        {shown.map((answer) => (
          <Answer key={`${answer.ruleId} ${answer.ruleVersion}`} answer={answer} events={events} />
        ))}
      </ul>
    </details>
  );
}

function Answer({
  answer,
  events,
}: {
  readonly answer: RuleAnswer;
  readonly events: readonly Numbered[];
}) {
  const { t } = useTranslation();
  return (
    <li className={`answer answer-${answer.outcome}`}>
      <p>
        <b>{answer.ruleName}</b> <code>{`${answer.ruleId} v${answer.ruleVersion}`}</code>
      </p>
      <p className="soft" lang={langOf(answer.text)}>
        {answer.text}
      </p>
      {answer.findings.map((finding) => (
        <p key={finding.findingId} className="answer-finding">
          <LevelTag level={finding.level} text={t(`level.${finding.level}`)} />{' '}
          {finding.alertId !== null && (
            <Link to={`/alerts/${finding.alertId}`}>{numberOf(finding.alertId)}</Link>
          )}{' '}
          <DataText text={finding.reason} />{' '}
          {finding.gate !== null && <span className="event-mark">{finding.gate}</span>}
        </p>
      ))}
      {answer.watched.length > 0 && (
        <ul className="watched">
          {answer.watched.map((limit, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: limits of one rule have no other name
            <li key={index}>
              <DataText text={limit.text} /> <EventLink of={limit.anchor} events={events} />{' '}
              {limit.metBy !== null && <EventLink of={limit.metBy} events={events} />}
            </li>
          ))}
        </ul>
      )}
      {answer.nextAt !== null && (
        <p className="soft">
          {t('case.rules.next')} <Time at={answer.nextAt} />
        </p>
      )}
    </li>
  );
}

function EventLink({
  of,
  events,
}: {
  readonly of: Schemas['EventRefDto'];
  readonly events: readonly Numbered[];
}) {
  const { t } = useTranslation();
  const found = events.find(
    ({ event }) => event.effective && event.source === of.source && event.id === of.id,
  );
  if (found === undefined) return null;
  return <a href={`#event-${found.no}`}>{t('case.rules.event', { no: found.no })}</a>;
}
