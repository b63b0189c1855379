import { ApiProperty } from '@nestjs/swagger';
import type { RuleSource } from '#core/rule/rule.js';
import type { Language } from '../language/language.js';
import { sideOf, textOf } from '../language/texts.js';

export class LegalBasisDto {
  @ApiProperty()
  law!: string;

  @ApiProperty({ example: '32(4)' })
  article!: string;

  @ApiProperty({ description: 'A local practice or a default of this system, not a law' })
  local!: boolean;
}

/** The text of a rule at the version that applied. */
export class RuleTextDto {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  version!: number;

  @ApiProperty({ description: 'False: this version is not loaded here; texts are then empty' })
  known!: boolean;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  text!: string;

  @ApiProperty({ type: String, format: 'date', nullable: true })
  effectiveFrom!: string | null;

  @ApiProperty({ type: String, format: 'date', nullable: true })
  effectiveTo!: string | null;

  @ApiProperty({ type: Number, nullable: true })
  points!: number | null;

  @ApiProperty({ type: [LegalBasisDto] })
  basis!: LegalBasisDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Set where the text is a translation for reference',
  })
  note!: string | null;
}

export class ExaminedExceptionDto {
  @ApiProperty({ example: 'X1' })
  code!: string;

  @ApiProperty()
  text!: string;

  @ApiProperty({
    enum: ['when', 'clock', 'closing', 'person'],
    description:
      'How it was examined: by a predicate, by the clock, by the closing fact; `person`: only a person can',
  })
  by!: string;

  @ApiProperty({ description: 'What the examination found' })
  result!: string;
}

/** A rule's text, or the little that is known where that version is not loaded. */
export function ruleText(
  key: { readonly id: string; readonly version: number },
  rule: RuleSource | null,
  language: Language,
): RuleTextDto {
  if (rule === null)
    return {
      ...key,
      known: false,
      name: key.id,
      text: '',
      effectiveFrom: null,
      effectiveTo: null,
      points: null,
      basis: [],
      note: textOf(language, 'rule.version-unknown'),
    };
  return {
    id: rule.id,
    version: rule.version,
    known: true,
    name: sideOf(rule.name, language),
    text: sideOf(rule.text, language),
    effectiveFrom: dateText(rule.effective.from),
    effectiveTo: rule.effective.to === undefined ? null : dateText(rule.effective.to),
    points: rule.points ?? null,
    basis: rule.basis.map(({ law, article, local }) => ({
      law: sideOf(law, language),
      article: String(article),
      local: local === true,
    })),
    note: language === 'en' ? textOf('en', 'rule.translation') : null,
  };
}

/** YAML may hand a date over as one. */
function dateText(date: unknown): string {
  return date instanceof Date ? date.toISOString().slice(0, 10) : String(date);
}
