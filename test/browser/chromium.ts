import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const debianChromium = '/usr/bin/chromium';

/** The Chromium the tests run: the one named by the environment variable CHROMIUM, else Debian's, installed if need be. */
export function findChromium(): string {
  const named = process.env['CHROMIUM'];
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`looking for Chromium: CHROMIUM names ${named}, which is not there`);
    return named;
  }
  if (existsSync(debianChromium)) return debianChromium;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { stdio: 'inherit' });
    return debianChromium;
  }
  throw new Error(
    `looking for Chromium: ${debianChromium} is not there. Install it (as root: apt-get install chromium), ` +
      'or set CHROMIUM to the path of another Chromium or Chrome.',
  );
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
