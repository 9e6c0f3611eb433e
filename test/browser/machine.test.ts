// The app as people meet it: the built page, its worker and the real guest, driven from the keyboard.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { appFolder, serveApp, type ServedApp } from './served-app.ts';
import { TerminalPage } from './terminal-page.ts';

const prompt = /^root@drydock:~#$/m;
/** The prompt of a shell that waits, as the last thing on the screen. */
const waiting = /root@drydock:~#$/;

let browser: Browser;
let app: ServedApp;
let page: TerminalPage;

beforeAll(async () => {
  browser = await launchChromium();
  app = await serveApp(appFolder);
  page = await TerminalPage.open(browser, `${app.url}?play`, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.waitForText(prompt);
});
afterAll(async () => {
  const complaints = page?.complaints;
  await browser?.close();
  await app?.close();
  expect(complaints).toEqual([]);
});
beforeEach(async () => {
  // Ctrl-C leaves a failed test's command or half a line behind.
  await page.type('\x03');
  await page.command('clear');
  await page.waitForText(/^root@drydock:~#$/);
});

test('a command typed at the prompt runs', async () => {
  await page.command('echo $((6 * 7)) hi');
  await page.waitForText(/^42 hi$/m);
  await page.screenshot('prompt');
});

test('stty knows the window’s size, and a resize', async () => {
  await page.command('stty size');
  const first = await page.size();
  await page.waitForText(new RegExp(`^${first.rows} ${first.columns}$`, 'm'));
  await page.page.setViewportSize({ width: 800, height: 500 });
  await page.page.waitForFunction((columns) => window.drydock!.terminalSize().columns < columns, first.columns);
  const second = await page.size();
  await page.command('stty size');
  await page.waitForText(new RegExp(`^${second.rows} ${second.columns}$`, 'm'));
  await page.page.setViewportSize({ width: 1280, height: 720 });
});

test('Ctrl-C ends the command in front', async () => {
  await page.command('echo started; sleep 1000');
  await page.waitForText(/^started$/m);
  await page.press('Control+c');
  await page.command('echo code $?');
  await page.waitForText(/^code 130$/m);
});

test('what is on the clipboard can be pasted', async () => {
  await page.page.evaluate(() => navigator.clipboard.writeText('echo $((40 + 2)) pasted'));
  await page.type('');
  await page.press('Control+Shift+V');
  await page.press('Enter');
  await page.waitForText(/^42 pasted$/m);
});

test('Unicode, wide characters and 24-bit colour come through', async () => {
  await page.type('echo "¡señor! 漢字 🐳 $COLORTERM $TERM"\n');
  await page.waitForText(/^¡señor! 漢字 🐳 truecolor xterm-256color$/m);
  await page.command(String.raw`printf '\033[38;2;170;20;10mdeep\033[0m\n'`);
  await page.waitForText(/^deep$/m);
  const span = page.page.locator('.xterm-rows span', { hasText: /^deep$/ }).first();
  expect(await span.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(170, 20, 10)');
});

test('docker run hello-world', async () => {
  await page.command('docker run hello-world');
  await page.waitForText(/^Hello from Docker!$/m, 60_000);
  await page.waitForText(waiting);
  await page.screenshot('hello-world');
});

test('docker run -it ubuntu bash: a container to work in, and to come back to', async () => {
  await page.command('docker run -it --name story ubuntu bash');
  await page.waitForText(/^root@[0-9a-f]{12}:\/#$/m, 90_000);
  await page.command('id; hostname; ps aux | wc -l; cat /proc/self/cgroup');
  await page.waitForText(/^uid=0\(root\) gid=0\(root\)/m);
  await page.waitForText(/^0::\/$/m);
  await page.screenshot('ubuntu');
  await page.command('stty size');
  const { rows, columns } = await page.size();
  await page.waitForText(new RegExp(`^${rows} ${columns}$`, 'm'));
  await page.command('touch /x; exit');
  await page.waitForText(waiting);
  await page.command('docker start -ai story');
  await page.waitForText(/root@[0-9a-f]{12}:\/#$/);
  await page.command('ls /x && echo found; exit');
  await page.waitForText(/^found$/m);
  await page.waitForText(waiting);
  await page.command('docker rm story');
  await page.waitForText(/^story$/m);
});

test('a machine that is switched off is announced, and Restart brings another', async () => {
  await page.command('poweroff -f');
  await page.page.getByRole('alert').getByText('The guest was powered off.').waitFor();
  await page.page.getByRole('button', { name: 'Restart' }).click();
  await page.waitForText(/^root@drydock:~#$/m);
});

test('?boot=cold boots the kernel for real and shows its messages', async () => {
  const cold = await TerminalPage.open(browser, `${app.url}?boot=cold&play`);
  await cold.waitForText(/Linux version 6\.12/);
  await cold.screenshot('cold-boot');
  await cold.waitForText(waiting, 60_000);
  await cold.close();
});

test('a snapshot that does not come whole is said to be unusable, and the kernel boots instead', async () => {
  const broken = await serveApp(appFolder, {
    '/snapshot': (request, response, next) => (request.url?.startsWith('/state-') ? response.end('cut off') : next()),
  });
  const cold = await TerminalPage.open(browser, `${broken.url}?play`);
  await cold.page.getByText(/The saved machine could not be used.*7 bytes came/).waitFor();
  await cold.waitForText(waiting, 60_000);
  await cold.close();
  await broken.close();
});
