// Figures of the page in Chromium: the production build, served as `npm start` serves it.

import type { Browser } from 'playwright-core';
import { launchChromium } from '../browser/chromium.ts';
import { appFolder, serveApp } from '../browser/served-app.ts';
import { TerminalPage } from '../browser/terminal-page.ts';
import buildApps from '../browser/global-setup.ts';
import { spread, type Spread } from './statistics.ts';

export interface PageFigures {
  /** Page script to live prompt from the snapshot, caches warm. */
  readonly prompt: Spread;
  /** Bytes transferred to that prompt on a first visit. */
  readonly firstVisitBytes: number;
  readonly coldBoot: Spread;
  /** CPU seconds a second, of all the browser's processes, with ten containers asleep. */
  readonly idleCpu: number;
}

const prompt = /root@drydock:~#$/;

export async function pageFigures(): Promise<PageFigures> {
  await buildApps();
  const app = await serveApp(appFolder);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext();
    const visit = async (query = ''): Promise<{ page: TerminalPage; milliseconds: number }> => {
      const page = await TerminalPage.openIn(context, app.url + query);
      return { page, milliseconds: await promptTime(page) };
    };
    const first = await visit();
    const firstVisitBytes = await bytesOfFirstVisit(browser, app.url);
    await first.page.page.close();
    const samples: number[] = [];
    for (let run = 0; run < 7; run++) {
      const { page, milliseconds } = await visit();
      samples.push(milliseconds);
      await page.page.close();
    }
    const cold: number[] = [];
    for (let run = 0; run < 3; run++) {
      const { page, milliseconds } = await visit('?boot=cold');
      cold.push(milliseconds);
      await page.page.close();
    }
    return {
      prompt: spread(samples),
      firstVisitBytes,
      coldBoot: spread(cold),
      idleCpu: await idleCpu(browser, app.url),
    };
  } finally {
    await browser.close();
    await app.close();
  }
}

/** Milliseconds from the page's navigation to the prompt on its screen, by the page's own clock. */
async function promptTime(page: TerminalPage): Promise<number> {
  const seen = await page.page.waitForFunction(
    (source) =>
      new RegExp(source).test(window.drydock?.terminalText().trimEnd() ?? '') ? performance.now() : undefined,
    prompt.source,
    { polling: 'raf', timeout: 60_000 },
  );
  return (await seen.jsonValue())!;
}

/** Counted at the network, since a worker's downloads are in no page's resource timing. */
async function bytesOfFirstVisit(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  let bytes = 0;
  context.on('requestfinished', (request) => {
    void request.sizes().then((sizes) => (bytes += sizes.responseBodySize + sizes.responseHeadersSize));
  });
  const page = await TerminalPage.openIn(context, url);
  await page.waitForText(prompt);
  await page.page.waitForTimeout(500);
  await context.close();
  return bytes;
}

async function idleCpu(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  const page = await TerminalPage.openIn(context, url);
  await page.waitForText(prompt);
  await page.command('for i in 1 2 3 4 5 6 7 8 9 10; do docker run -d busybox sleep 100000; done; echo started');
  await page.waitForText(/^started$/m, 120_000);
  await page.page.waitForTimeout(10_000);
  const session = await browser.newBrowserCDPSession();
  const cpu = async (): Promise<number> => {
    const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as { processInfo: { cpuTime: number }[] };
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const [before, start] = [await cpu(), performance.now()];
  await page.page.waitForTimeout(10_000);
  const used = ((await cpu()) - before) / ((performance.now() - start) / 1000);
  await context.close();
  return used;
}
