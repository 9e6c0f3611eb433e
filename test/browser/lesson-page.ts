import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { Lesson, LessonText, Locale, StepText } from '../../src/lesson/lesson.ts';
import { readLessons } from '../../src/web-build/read-lessons.ts';
import type { TerminalPage } from './terminal-page.ts';

const lessons = readLessons(fileURLToPath(new URL('../../lessons', import.meta.url))).flatMap((part) => part.lessons);
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A lesson as it is in the repository, in one language. */
export function lessonText(id: string, locale: Locale): { lesson: Lesson; text: LessonText } {
  const { lesson, texts } = lessons.find((one) => one.lesson.id === id)!;
  return { lesson, text: texts.find((text) => text.locale === locale)! };
}

/** The page's words a learner looks for. */
export const words = {
  en: {
    lesson: 'Lesson',
    terminal: 'Terminal',
    done: /^(Done|You have done this lesson\.)$/,
    next: /^(Next|Next lesson|All lessons)$/,
  },
  'zh-CN': { lesson: '课文', terminal: '终端', done: /^(完成|你已完成这一课。)$/, next: /^(下一步|下一课|全部课程)$/ },
} as const;

/** The prompt of a shell that waits. */
const waiting = /root@\S+# ?$/;

/** Does the step that is shown as a learner would: by clicking, in the order of the text. */
export async function doStep(terminal: TerminalPage, step: StepText, locale: Locale): Promise<void> {
  const { page } = terminal;
  const article = page.getByRole('article');
  const toLesson = page.getByRole('button', { name: words[locale].lesson, exact: true });
  await article.getByRole('heading', { level: 2, name: step.title }).waitFor();
  let command = 0;
  let keys = 0;
  let quiz = 0;
  for (const block of step.blocks) {
    if (await toLesson.isVisible()) await toLesson.click();
    if (block.type === 'command') {
      await article.locator('button:has(> code)').nth(command++).click();
      await page.waitForFunction(() => document.querySelector('button.typing') === null);
      // What keys are for shows something else than a prompt in its last line.
      const following = step.blocks.slice(step.blocks.indexOf(block) + 1).find(({ type }) => type !== 'text');
      await terminal.waitForText(following?.type === 'keys' ? /(?:^|\n)(?!root@)[^\n]+$/ : waiting, 60_000);
    } else if (block.type === 'keys') {
      await article.locator('button:has(> kbd)').nth(keys++).click();
      await terminal.waitForText(waiting, 60_000);
    } else if (block.type === 'quiz') {
      const answers = article.locator('section.quiz').nth(quiz++).locator('li > button');
      for (const [index, { correct }] of block.answers.entries()) if (correct) await answers.nth(index).click();
    }
  }
  await article.getByRole('status').getByText(words[locale].done).waitFor({ timeout: 30_000 });
}

/** What axe finds wrong with the page: rule and element. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
  });
}
