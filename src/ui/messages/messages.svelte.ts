import type { Locale } from '../../lesson/lesson.ts';
import { en, type Messages } from './en.ts';
import { zhCN } from './zh-cn.ts';

const catalogues: Readonly<Record<Locale, Messages>> = { en, 'zh-CN': zhCN };

let current = $state.raw(en);

/** The page's sentences in the reader's language; what reads them follows a change of it. */
export const messages: Messages = new Proxy(en, {
  get: (_, name) => current[name as keyof Messages],
});

export function speak(locale: Locale): void {
  current = catalogues[locale];
}

/** Each language as its own readers call it. */
export const localeNames: Readonly<Record<Locale, string>> = { en: 'English', 'zh-CN': '中文' };
