import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import zh from '../locale/zh.json';
import { currentSettings, type Language, onSettings } from './settings.js';

/** Language of pages for screen readers and hyphenation. */
const TAGS: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

async function show(language: Language): Promise<void> {
  if (language === 'en' && !i18next.hasResourceBundle('en', 'translation')) {
    const { default: en } = await import('../locale/en.json');
    i18next.addResourceBundle('en', 'translation', en);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = TAGS[language];
}

/** Texts come from locale/*.json: Chinese with the page, English when it is asked for. */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'zh',
    fallbackLng: 'zh',
    keySeparator: false,
    nsSeparator: false,
    resources: { zh: { translation: zh } },
    interpolation: { prefix: '{', suffix: '}', escapeValue: false },
  });
  await show(currentSettings().language);
  onSettings(() => {
    const { language } = currentSettings();
    if (language !== i18next.language) void show(language);
  });
}
