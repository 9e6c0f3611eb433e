// What the address bar says: lesson and step, or the playground; theme and language where the reader chose them. Any
// state can be linked, on any static host, because all of it is in the query.

import { locales, type Locale } from '../lesson/lesson.ts';
import { queryTo, readQuery, type Place } from './address-query.ts';
import { speak } from './messages/messages.svelte.ts';
import { remember, remembered } from './remembered.ts';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export class Address {
  place = $state.raw<Place>({ lesson: undefined, step: undefined });
  theme = $state<Theme>('auto');
  locale = $state<Locale>('en');
  readonly #firstLesson: string | undefined;
  readonly #system = matchMedia('(prefers-color-scheme: dark)');
  #systemDark = $state(false);

  /** `firstLesson` is where an address that says nothing leads. */
  constructor(firstLesson: string | undefined) {
    this.#firstLesson = firstLesson;
    this.#systemDark = this.#system.matches;
    this.#system.addEventListener('change', () => (this.#systemDark = this.#system.matches));
    this.#read();
    window.addEventListener('popstate', () => this.#read());
  }

  get isDark(): boolean {
    return this.theme === 'auto' ? this.#systemDark : this.theme === 'dark';
  }

  go(place: Place): void {
    this.place = place;
    if (place.lesson !== undefined) remember('lesson', place.lesson);
    this.#write('push');
  }

  /** Says more exactly where this is, without another entry in the history. */
  settle(place: Place): void {
    this.place = place;
    this.#write('replace');
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    remember('theme', theme);
    this.#apply();
    this.#write('replace');
  }

  setLocale(locale: Locale): void {
    this.locale = locale;
    remember('lang', locale);
    this.#apply();
    this.#write('replace');
  }

  href(place: Place): string {
    return queryTo(place, location.search);
  }

  #read(): void {
    const query = readQuery(location.search);
    const lesson = query.has('play') ? undefined : (query.get('lesson') ?? remembered('lesson') ?? this.#firstLesson);
    this.place = { lesson, step: query.get('step') ?? undefined };
    this.theme = oneOf(themes, query.get('theme') ?? remembered('theme')) ?? 'auto';
    this.locale = oneOf(locales, query.get('lang') ?? remembered('lang')) ?? preferredLocale();
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.theme;
    document.documentElement.lang = this.locale;
    speak(this.locale);
  }

  #write(how: 'push' | 'replace'): void {
    const theme = this.theme === 'auto' ? undefined : this.theme;
    const href = queryTo(this.place, location.search, { theme, lang: this.locale });
    if (how === 'push') history.pushState(null, '', href);
    else history.replaceState(null, '', href);
  }
}

const oneOf = <T extends string>(values: readonly T[], value: string | null | undefined): T | undefined =>
  values.find((one) => one === value);

const preferredLocale = (): Locale =>
  navigator.languages.find((tag) => /^(zh|en)/i.test(tag))?.startsWith('zh') ? 'zh-CN' : 'en';
