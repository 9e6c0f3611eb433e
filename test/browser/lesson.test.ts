// The page as a place to learn: the lesson's text, the machine's answers to it, the address bar, the keyboard; with a
// pretended machine, which passes a step when the word docker is said to it.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { zipSync } from 'fflate';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { accessibilityProblems, lessonText } from './lesson-page.ts';
import { appFolder, pretendedFolder, serveApp, type ServedApp } from './served-app.ts';
import { TerminalPage } from './terminal-page.ts';

const { lesson, text } = lessonText('first-container', 'en');
const chinese = lessonText('first-container', 'zh-CN').text;
const wide = { width: 1280, height: 800 };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } satisfies BrowserContextOptions;

let browser: Browser;
let app: ServedApp;
let open: TerminalPage | undefined;
let pack: Uint8Array;
let answerState: (response: ServerResponse) => void;

beforeAll(async () => {
  browser = await launchChromium();
  app = await serveApp(pretendedFolder, {
    '/pretended-state': (_request, response) => answerState(response),
    '/packs/mine.zip': (_request, response) => response.end(pack),
  });
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});
beforeEach(() => {
  answerState = (response) => response.end('state');
});
afterEach(async () => {
  const complaints = open?.complaints ?? [];
  await open?.close();
  open = undefined;
  expect(complaints).toEqual([]);
});

async function openPage(query: string, options: BrowserContextOptions = {}): Promise<TerminalPage> {
  open = await TerminalPage.open(browser, `${app.url}${query}`, { viewport: wide, locale: 'en-US', ...options });
  return open;
}

test('the lesson is there before the machine; a command clicked meanwhile is kept and then runs', async () => {
  let finish!: () => void;
  answerState = (response) => {
    response.setHeader('Content-Length', 2_000_000);
    response.write(Buffer.alloc(1_200_000));
    finish = () => response.end(Buffer.alloc(800_000));
  };
  const page = await openPage('');
  await page.page.getByRole('heading', { level: 1, name: text.title }).waitFor();
  await page.page.getByText('The machine is being started. Reading is possible meanwhile.').waitFor();
  await page.page.locator('button:has(> code)').first().click();
  await page.page.getByText(/You have typed \d+ characters/).waitFor();
  await page.screenshot('lesson-starting');
  finish();
  await page.waitForText(/^pretended\$ docker run hello-world$/m);
  await page.page.getByRole('article').getByRole('status').getByText('Done', { exact: true }).waitFor();
});

test('a step says what is missing, and when it is done; the address leads back to the next', async () => {
  const page = await openPage('?lesson=first-container');
  const status = page.page.getByRole('article').getByRole('status');
  await status.getByText('No container has been run').first().waitFor();
  await page.screenshot('lesson-light-1280');
  await page.page.locator('button:has(> code)').first().click();
  await status.getByText('Done', { exact: true }).waitFor();
  await page.page.getByRole('button', { name: 'Next', exact: true }).click();
  await page.page.getByRole('heading', { level: 2, name: text.steps[1]!.title }).waitFor();
  expect(new URL(page.page.url()).searchParams.get('step')).toBe(lesson.steps[1]!.id);
  await page.page.reload();
  await page.page.getByRole('heading', { level: 2, name: text.steps[1]!.title }).waitFor();
  await page.page.getByRole('link', { name: `1. ${text.steps[0]!.title} (done)` }).waitFor();
  await page.page.goBack();
  await page.page.getByRole('heading', { level: 2, name: text.steps[0]!.title }).waitFor();
});

test('a key pressed in the terminal stops what is being typed', async () => {
  const page = await openPage('?lesson=first-container');
  await page.waitForText(/^pretended\$/m);
  await page.page.locator('button:has(> code)').first().click();
  await page.waitForText(/pretended\$ d/);
  await page.press('x');
  await page.page.waitForFunction(() => document.querySelector('button.typing') === null);
  await page.press('Enter');
  expect(await page.waitForText(/x\n/)).not.toContain('hello-world');
});

test('contents, palette, language and theme: by keyboard, and nothing for axe to find', async () => {
  const page = await openPage('?lesson=first-container&theme=dark', { colorScheme: 'light' });
  await page.waitForText(/^pretended\$/m);
  expect(await accessibilityProblems(page.page)).toEqual([]);
  await page.page.getByRole('button', { name: 'Lessons' }).click();
  await page.page.getByRole('dialog', { name: 'Lessons' }).waitFor();
  await page.screenshot('contents-dark');
  expect(await accessibilityProblems(page.page)).toEqual([]);
  await page.press('Escape');
  await page.press('F1');
  await page.page.getByRole('combobox').fill('中文');
  await page.screenshot('palette-dark');
  expect(await accessibilityProblems(page.page)).toEqual([]);
  await page.press('Enter');
  await page.page.getByRole('heading', { level: 1, name: chinese.title }).waitFor();
  expect(await page.page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
  await page.page.getByRole('button', { name: '配色: 深色' }).click();
  await page.page.getByRole('button', { name: '配色: 跟随系统' }).click();
  expect(new URL(page.page.url()).searchParams.get('theme')).toBe('light');
  await page.screenshot('lesson-zh-light-1280');
  expect(await accessibilityProblems(page.page)).toEqual([]);
});

test('the split is moved by keys, collapsed, and remembered; F6 goes between the panes', async () => {
  const page = await openPage('?lesson=first-container');
  await page.waitForText(/^pretended\$/m);
  const { columns } = await page.size();
  const separator = page.page.getByRole('separator', { name: 'Width of the lesson' });
  await separator.focus();
  await page.press('End');
  await page.page.waitForFunction((before) => window.drydock!.terminalSize().columns < before, columns);
  await page.press('Enter');
  await expect.poll(() => separator.getAttribute('aria-valuenow')).toBe('0');
  await page.page.waitForFunction((before) => window.drydock!.terminalSize().columns > before, columns);
  await page.page.reload();
  await expect.poll(() => separator.getAttribute('aria-valuenow')).toBe('0');
  await page.waitForText(/^pretended\$/m);
  await page.type('');
  await page.press('F6');
  expect(await page.page.evaluate(() => document.activeElement?.className)).toContain('scroll');
  await page.press('F6');
  expect(await page.page.evaluate(() => document.activeElement?.className)).toContain('xterm');
});

test('more terminals are more shells into the same host', async () => {
  const page = await openPage('?lesson=first-container');
  await page.waitForText(/^pretended\$/m);
  await page.command('say first');
  await page.waitForText(/^first$/m);
  await page.page.getByRole('button', { name: 'Another terminal' }).click();
  await page.page.getByRole('tab').nth(1).waitFor();
  expect(await page.waitForText(/^pretended\$/m)).not.toContain('first');
  await page.page.getByRole('tab').first().click();
  await page.waitForText(/^first$/m);
  await page.page.getByRole('tab').nth(1).click();
  await page.page.getByRole('button', { name: 'Close terminal 2' }).click();
  expect(await page.page.getByRole('tab').count()).toBe(1);
});

test('on a phone the panes are swiped, and a command brings the terminal', async () => {
  const page = await openPage('?lesson=first-container&theme=dark&lang=zh-CN', phone);
  await page.page.getByRole('heading', { level: 1, name: chinese.title }).waitFor();
  await page.waitForText(/^pretended\$/m);
  const excess = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(excess).toBeLessThanOrEqual(0);
  expect(await accessibilityProblems(page.page)).toEqual([]);
  await page.screenshot('lesson-zh-dark-390');
  await page.page.locator('button:has(> code)').first().tap();
  await page.waitForText(/docker run hello-world/);
  await expect
    .poll(() => page.page.locator('main').evaluate((main) => Math.round(main.scrollLeft / main.clientWidth)))
    .toBe(1);
  await page.screenshot('terminal-zh-dark-390');
  await page.page.getByRole('button', { name: '课文', exact: true }).tap();
  await page.page.getByRole('button', { name: '下一步' }).tap();
  await page.page.getByRole('heading', { level: 2, name: chinese.steps[1]!.title }).waitFor();
});

test('a lesson there is not is said so; without storage the page works and says it keeps nothing', async () => {
  const page = await openPage('?lesson=nowhere');
  await page.page.getByRole('alert').getByText('there is none of this name').waitFor();
  await page.screenshot('lesson-failed');
  await page.page.addInitScript(() => {
    for (const name of ['localStorage', 'indexedDB']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('denied', 'SecurityError');
        },
      });
    }
  });
  await page.page.goto(`${app.url}?lesson=first-container`);
  await page.page.getByRole('heading', { level: 1, name: text.title }).waitFor();
  await page.page.getByRole('button', { name: 'Lessons' }).click();
  await page.page.getByText('This browser keeps no data for this page').waitFor();
});

test('a pack of lessons is opened from a file, and from an address; one that is damaged says so', async () => {
  const manifest = 'minutes: 5\nsteps: [{ id: look }]\n';
  const source =
    '---\ntitle: Brought along\nsummary: By hand.\n---\n\n## Look {#look}\n\n<img src=x onerror=alert(1)> here.\n';
  const encode = (text: string) => new TextEncoder().encode(text);
  pack = zipSync({ 'lesson.yaml': encode(manifest), 'en.md': encode(source) });
  const page = await openPage('?lesson=first-container');
  const choose = async (name: string, buffer: Buffer) => {
    await page.page.getByRole('button', { name: 'Lessons' }).click();
    await page.page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/zip', buffer });
  };
  await choose('damaged.zip', Buffer.from('no zip'));
  await page.page.getByRole('alert').getByText('the file is no zip').waitFor();
  await page.press('Escape');
  await choose('mine.zip', Buffer.from(pack));
  await page.page.getByRole('heading', { level: 1, name: 'Brought along' }).waitFor();
  await page.page.goto(`${app.url}?pack=packs/mine.zip`);
  await page.page.getByRole('heading', { level: 1, name: 'Brought along' }).waitFor();
});

test('/play is the playground', async () => {
  const page = await openPage('play/');
  await page.waitForText(/^pretended\$/m);
  expect(await page.page.getByRole('article').count()).toBe(0);
  expect(await accessibilityProblems(page.page)).toEqual([]);
});

test('the script before the first paint is at most 120 KB compressed', () => {
  const html = readFileSync(join(appFolder, 'index.html'), 'utf8');
  const found = new Set([...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path!));
  // A set that grows is walked to its end.
  for (const path of found) {
    const code = readFileSync(join(appFolder, path), 'utf8');
    for (const [, name] of code.matchAll(/(?:import|from)"\.\/([^"]+\.js)"/g)) found.add(`assets/${name!}`);
  }
  const size = [...found].reduce((sum, path) => sum + statSync(join(appFolder, `${path}.gz`)).size, 0);
  expect(size).toBeGreaterThan(10_000);
  expect(size).toBeLessThanOrEqual(120 * 1024);
});
