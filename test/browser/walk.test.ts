// The first lesson, walked by clicking in the real machine: in both languages, dark and light, wide and on a phone.

import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Locale } from '../../src/lesson/lesson.ts';
import { launchChromium } from './chromium.ts';
import { doStep, lessonText, words } from './lesson-page.ts';
import { appFolder, serveApp, type ServedApp } from './served-app.ts';
import { TerminalPage } from './terminal-page.ts';

let browser: Browser;
let app: ServedApp;

beforeAll(async () => {
  browser = await launchChromium();
  app = await serveApp(appFolder);
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const walks: [Locale, string, string, BrowserContextOptions][] = [
  ['en', 'dark', '1280', { viewport: { width: 1280, height: 800 } }],
  ['zh-CN', 'light', '390', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
];

test.each(walks)('lesson 1 in %s, %s, %s px wide', async (locale, theme, width, options) => {
  const { text } = lessonText('first-container', locale);
  const page = await TerminalPage.open(
    browser,
    `${app.url}?lesson=first-container&lang=${locale}&theme=${theme}`,
    options,
  );
  await page.waitForText(/root@drydock:~# ?$/);
  for (const [index, step] of text.steps.entries()) {
    await doStep(page, step, locale);
    await page.screenshot(`walk-${locale}-${theme}-${width}-${index + 1}`);
    if (index === text.steps.length - 1) break;
    await page.page.getByRole('article').getByRole('button', { name: words[locale].next }).click();
  }
  expect(page.complaints).toEqual([]);
  await page.close();
});
