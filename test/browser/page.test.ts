// What the page itself does, with a pretended machine behind it: progress, failure, death, keys, sizes.

import type { ServerResponse } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { pretendedFolder, serveApp, type ServedApp } from './served-app.ts';
import { TerminalPage } from './terminal-page.ts';

let browser: Browser;
let app: ServedApp;
let open: TerminalPage | undefined;
/** How the server answers for the file that stands for the saved machine. */
let answerState: (response: ServerResponse) => void;

const sendAll = (response: ServerResponse) => response.end('state');

beforeAll(async () => {
  browser = await launchChromium();
  app = await serveApp(pretendedFolder, { '/pretended-state': (_request, response) => answerState(response) });
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});
beforeEach(() => {
  answerState = sendAll;
});
afterEach(async () => {
  const complaints = open?.complaints;
  await open?.close();
  open = undefined;
  expect(complaints).toEqual([]);
});

async function openPage(
  ...[query = '?play', options]: [string?, Parameters<typeof TerminalPage.open>[2]?]
): Promise<TerminalPage> {
  open = await TerminalPage.open(browser, `${app.url}${query}`, options);
  return open;
}

test('the download’s numbers are the bytes that came, and typing meanwhile is kept', async () => {
  let finish!: () => void;
  answerState = (response) => {
    response.setHeader('Content-Length', 2_000_000);
    response.write(Buffer.alloc(1_200_000));
    finish = () => response.end(Buffer.alloc(800_000));
  };
  const page = await openPage('?play', { colorScheme: 'dark' });
  await page.page.getByRole('status').getByText('Downloading 1.2 MB of 2.0 MB').waitFor();
  await page.type('say kept');
  await page.page.getByText('You have typed 8 characters. They are kept.').waitFor();
  await page.screenshot('downloading');
  finish();
  await page.waitForText(/^pretended\$ say kept/m);
  await page.press('Enter');
  await page.waitForText(/^kept$/m);
  await page.page
    .getByRole('status')
    .getByText(/^Ready in \d+\.\d s$/)
    .waitFor();
  await page.screenshot('ready-dark');
});

test('a failed download says which file and what to do, and Restart tries again', async () => {
  answerState = (response) => {
    response.statusCode = 404;
    response.end();
  };
  const page = await openPage();
  const alert = page.page.getByRole('alert');
  await alert.getByText('The machine did not start').waitFor();
  expect(await alert.textContent()).toMatch(/downloading http:.*pretended-state: the server answered 404/);
  expect(await alert.textContent()).toContain('Check the connection');
  await page.screenshot('failed');
  answerState = sendAll;
  await page.page.getByRole('button', { name: 'Restart' }).click();
  await page.waitForText(/^pretended\$/m);
  expect(await alert.count()).toBe(0);
});

test('a machine that dies is announced; Restart brings a fresh one', async () => {
  const page = await openPage('?play', { colorScheme: 'light' });
  await page.waitForText(/^pretended\$/m);
  await page.command('say before');
  await page.waitForText(/^before$/m);
  await page.command('die');
  await page.page.getByRole('alert').getByText('Kernel panic: pretended').waitFor();
  await page.screenshot('died-light');
  await page.page.getByRole('button', { name: 'Restart' }).click();
  await page.page.getByRole('alert').waitFor({ state: 'detached' });
  await page.waitForText(/^pretended\$$/);
  await page.type('say after\n');
  expect(await page.waitForText(/^after$/m)).not.toContain('before');
});

test('a cold boot shows what the kernel prints', async () => {
  const page = await openPage('?boot=cold&play');
  await page.waitForText(/Pretended kernel[^]*pretended\$/);
});

test('a shell that ends can be started again', async () => {
  const page = await openPage();
  await page.waitForText(/^pretended\$/m);
  await page.command('exit');
  await page.waitForText(/The shell has ended/);
  await page.press('Enter');
  await page.waitForText(/ended[^]*pretended\$/);
});

test('the shell knows the window’s size, at first and when it changes', async () => {
  const page = await openPage('?play', { viewport: { width: 1000, height: 600 } });
  await page.waitForText(/^pretended\$/m);
  const first = await page.size();
  await page.command('size');
  await page.waitForText(new RegExp(`^${first.rows} ${first.columns}$`, 'm'));
  await page.page.setViewportSize({ width: 700, height: 400 });
  await page.page.waitForFunction((columns) => window.drydock!.terminalSize().columns < columns, first.columns);
  const second = await page.size();
  expect(second.rows).toBeLessThan(first.rows);
  await page.command('size');
  await page.waitForText(new RegExp(`^${second.rows} ${second.columns}$`, 'm'));
});

test('Ctrl-C reaches the shell; Ctrl-Shift-C copies and Ctrl-Shift-V pastes', async () => {
  const page = await openPage('?play', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.waitForText(/^pretended\$/m);
  await page.press('Control+c');
  await page.waitForText(/\^C/);
  await page.command('say needle');
  await page.waitForText(/^needle$/m);
  const word = (await page.page.locator('.xterm-rows > div', { hasText: /^needle$/ }).boundingBox())!;
  await page.page.mouse.dblclick(word.x + 8, word.y + word.height / 2);
  await page.press('Control+Shift+C');
  await expect.poll(() => page.page.evaluate(() => navigator.clipboard.readText())).toBe('needle');
  await page.type('say pasted-');
  await page.press('Control+Shift+V');
  await page.press('Enter');
  await page.waitForText(/^pasted-needle$/m);
});

test('programs may write the clipboard (OSC 52) but not read it', async () => {
  const page = await openPage('?play', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.waitForText(/^pretended\$/m);
  const paste = (text: string) =>
    page.page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      document
        .querySelector('.xterm-helper-textarea')!
        .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, text);
  await paste(`say \x1b]52;c;${Buffer.from('from a program').toString('base64')}\x07done\r`);
  await expect.poll(() => page.page.evaluate(() => navigator.clipboard.readText())).toBe('from a program');
  await paste('say \x1b]52;c;?\x07asked\r');
  // The answer comes as input, which the shell echoes.
  const answered = await page.waitForText(/^asked$[^]*\^\[\]52;c;[^]*\^/m);
  const [, answer] = /\^\[\]52;c;(.*?)\^/.exec(answered.slice(answered.lastIndexOf('asked')))!;
  expect(answer).toBe('');
});

test('a flood passes through whole, and the shell answers after it', async () => {
  const page = await openPage();
  await page.waitForText(/^pretended\$/m);
  await page.command('flood 20000');
  await page.waitForText(/^row 20000$\n^pretended\$/m);
  await page.command('say alive');
  await page.waitForText(/^alive$/m);
});

test('on a phone nothing is cut off, and the key row gives a Ctrl key', async () => {
  const page = await openPage('?play', { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
  await page.waitForText(/^pretended\$/m);
  const excess = await page.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(excess).toBeLessThanOrEqual(0);
  await page.page.getByRole('button', { name: 'Ctrl' }).tap();
  await page.type('c');
  await page.waitForText(/\^C/);
  await page.screenshot('phone');
});
