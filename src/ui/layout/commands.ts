// What the command palette offers.

import { locales } from '../../lesson/lesson.ts';
import { themes, type Address } from '../address.svelte.ts';
import { allLessons, inLocale } from '../lessons/contents.svelte.ts';
import type { LessonRunner } from '../lessons/lesson-runner.svelte.ts';
import type { MachineSession } from '../machine-session.svelte.ts';
import { localeNames, messages } from '../messages/messages.svelte.ts';
import type { Terminals } from '../terminal/terminals.svelte.ts';

export interface PageCommand {
  /** In the reader's language. */
  readonly name: string;
  readonly run: () => void;
}

interface Page {
  readonly address: Address;
  readonly runner: LessonRunner;
  readonly session: MachineSession;
  readonly terminals: Terminals;
  readonly screenReader: boolean;
  setScreenReader(on: boolean): void;
  focusTerminal(): void;
  focusLesson(): void;
  openContents(): void;
}

export function pageCommands(page: Page): PageCommand[] {
  const { address, runner, session, terminals } = page;
  const { palette, bar } = messages;
  const lesson = runner.lesson?.id;
  return [
    { name: palette.focusTerminal, run: () => page.focusTerminal() },
    ...(lesson === undefined ? [] : [{ name: palette.focusLesson, run: () => page.focusLesson() }]),
    { name: messages.terminals.add, run: () => void terminals.add() },
    ...(runner.text?.steps ?? []).map(({ id, title }) => ({
      name: palette.step(title),
      run: () => address.go({ lesson, step: id }),
    })),
    { name: messages.contents.heading, run: () => page.openContents() },
    ...allLessons().map(({ id, text }) => ({
      name: palette.lesson(inLocale(text, address.locale).title),
      run: () => address.go({ lesson: id, step: undefined }),
    })),
    { name: bar.playground, run: () => address.go({ lesson: undefined, step: undefined }) },
    ...themes.map((theme) => ({ name: palette.theme(bar.theme[theme]), run: () => address.setTheme(theme) })),
    ...locales.map((locale) => ({
      name: palette.language(localeNames[locale]),
      run: () => address.setLocale(locale),
    })),
    {
      name: page.screenReader ? palette.screenReaderOff : palette.screenReaderOn,
      run: () => page.setScreenReader(!page.screenReader),
    },
    { name: palette.restart, run: () => session.start('snapshot') },
  ];
}
