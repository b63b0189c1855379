import { Button, Input, type InputRef, Select, Space } from 'antd';
import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { InboxAddress } from './inbox-address.js';

const LEVELS = ['notice', 'yellow', 'red', 'lead', 'data'] as const;
const STATES = [
  'raised',
  'signed-for',
  'screening',
  'dismissed',
  'explained',
  'reminded',
  'oversight',
  'rectifying',
  'under-review',
  'struck-off',
  'handed-over',
  'held',
  'ended',
  'retracted',
  'covered',
  'silenced',
] as const;

interface FiltersProps {
  readonly address: InboxAddress;
  /** Field that `/` goes to. */
  readonly search: RefObject<InputRef | null>;
}

/** What the list is narrowed by. Every choice is in the address at once. */
export function AlertFilters({ address, search }: FiltersProps) {
  const { t } = useTranslation();
  const { wanted, change } = address;
  const options = (group: string, values: readonly string[]) =>
    values.map((value) => ({ value, label: t(`${group}.${value}`) }));
  return (
    <search className="filters">
      <Space wrap size="small">
        <TextFilter
          field={search}
          label={t('filter.case')}
          value={wanted.case}
          onValue={(value) => change({ case: value })}
          wide
        />
        <Select
          mode="multiple"
          allowClear
          maxTagCount="responsive"
          className="filter"
          placeholder={t('column.level')}
          aria-label={t('column.level')}
          value={[...wanted.level]}
          options={options('level', LEVELS)}
          onChange={(level: string[]) => change({ level })}
        />
        <Select
          mode="multiple"
          allowClear
          maxTagCount="responsive"
          className="filter"
          placeholder={t('column.state')}
          aria-label={t('column.state')}
          value={[...wanted.state]}
          options={options('alert-state', STATES)}
          onChange={(state: string[]) => change({ state })}
        />
        <TextFilter
          label={t('filter.rule')}
          value={wanted.rule.join(',')}
          onValue={(value) => change({ rule: value.toUpperCase().replaceAll(' ', '') })}
        />
        <TextFilter
          label={t('filter.unit')}
          value={wanted.unit}
          onValue={(value) => change({ unit: value })}
        />
        <TextFilter
          label={t('filter.region')}
          value={wanted.region}
          onValue={(value) => change({ region: value })}
        />
        <Select
          className="filter"
          aria-label={t('filter.sort')}
          value={wanted.sort}
          options={[
            { value: '-firstAt', label: t('filter.newest') },
            { value: 'firstAt', label: t('filter.oldest') },
          ]}
          onChange={(sort: string) => change({ sort })}
        />
        {address.isFiltered && <Button onClick={address.clear}>{t('filter.clear')}</Button>}
      </Space>
    </search>
  );
}

interface TextFilterProps {
  readonly label: string;
  readonly value: string;
  readonly wide?: boolean;
  readonly field?: RefObject<InputRef | null>;
  readonly onValue: (value: string) => void;
}

/** Text that narrows the list when it is finished: with Enter, or on leaving the field. */
export function TextFilter({ label, value, wide, field, onValue }: TextFilterProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const finish = () => {
    if (text.trim() !== value) onValue(text.trim());
  };
  return (
    <Input
      {...(field === undefined ? {} : { ref: field })}
      className={wide === true ? 'filter filter-wide' : 'filter filter-short'}
      placeholder={label}
      aria-label={label}
      value={text}
      allowClear
      onChange={(event) => {
        setText(event.target.value);
        if (event.target.value === '' && value !== '') onValue('');
      }}
      onPressEnter={(event) => {
        // Enter that chooses a word of the input method is not the end of the text.
        if (!event.nativeEvent.isComposing) finish();
      }}
      onBlur={finish}
    />
  );
}
