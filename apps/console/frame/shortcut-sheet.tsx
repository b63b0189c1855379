import { Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { changeSettings, useSettings } from './settings.js';

/** One map for the help: keys as they are written, and what they do. */
const SHEET: readonly { readonly title: string; readonly keys: readonly [string, string][] }[] = [
  {
    title: 'help.everywhere',
    keys: [
      ['?', 'help.help'],
      ['g a', 'help.go-alerts'],
      ['g d', 'help.go-situation'],
      ['g q', 'help.go-coverage'],
    ],
  },
  {
    title: 'help.inbox',
    keys: [
      ['j / k', 'help.move'],
      ['Enter', 'help.open'],
      ['Space', 'help.peek'],
      ['/', 'help.search'],
      ['.', 'help.load-new'],
    ],
  },
  { title: 'help.situation', keys: [['p', 'help.period']] },
  {
    title: 'help.alert',
    keys: [
      ['[ / ]', 'help.neighbours'],
      ['1 – 6', 'help.sections'],
      ['c', 'help.case'],
      ['← / →', 'help.day'],
      ['t', 'help.table'],
      ['Esc', 'help.back'],
    ],
  },
];

export function ShortcutSheet() {
  const { t } = useTranslation();
  const { shortcuts } = useSettings();
  return (
    <div className="sheet">
      <p className="sheet-switch">
        <Switch
          checked={shortcuts}
          onChange={(on) => changeSettings({ shortcuts: on })}
          aria-labelledby="shortcuts-on"
        />
        <span id="shortcuts-on">{t('help.switch')}</span>
      </p>
      {SHEET.map(({ title, keys }) => (
        <section key={title}>
          <h3>{t(title)}</h3>
          <dl>
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(does)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
