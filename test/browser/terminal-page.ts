import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type {} from '../../src/ui/automation.ts'; // declares window.drydock

const screenshotFolder = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

/** The page in a browser of its own, driven as a person would: keys in, the terminal's text out. */
export class TerminalPage {
  readonly page: Page;
  /** What went wrong in the page without a test asking: uncaught errors, refused loads. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<TerminalPage> {
    return TerminalPage.openIn(await browser.newContext(options), url);
  }

  /** One more page of a context, which shares its caches. */
  static async openIn(context: BrowserContext, url: string): Promise<TerminalPage> {
    const page = new TerminalPage(await context.newPage());
    await page.page.goto(url);
    return page;
  }

  /** Types into the terminal, however far the machine is. */
  async type(text: string): Promise<void> {
    await this.page.waitForFunction(() => window.drydock !== undefined);
    await this.page.locator('.xterm-helper-textarea').focus();
    await this.page.keyboard.type(text);
  }

  /** Types a command and Enter. */
  async command(line: string): Promise<void> {
    await this.type(line);
    await this.page.keyboard.press('Enter');
  }

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  text(): Promise<string> {
    return this.page.evaluate(() => window.drydock?.terminalText() ?? '');
  }

  size(): Promise<{ columns: number; rows: number }> {
    return this.page.evaluate(() => window.drydock!.terminalSize());
  }

  /** Waits until the terminal's text matches; when it does not come, the error shows what is there instead. */
  async waitForText(pattern: RegExp, timeout = 30_000): Promise<string> {
    try {
      await this.page.waitForFunction(
        ([source, flags]) => new RegExp(source!, flags).test(window.drydock?.terminalText() ?? ''),
        [pattern.source, pattern.flags],
        { timeout, polling: 100 },
      );
    } catch (error) {
      const status = await this.page.getByRole('status').first().textContent();
      const shown = await this.text();
      throw new Error(
        `waiting for ${String(pattern)}: status "${status}", the terminal shows:\n${shown.slice(-3000)}`,
        { cause: error },
      );
    }
    return this.text();
  }

  /** A picture for a person to look at, in build/screenshots. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshotFolder, { recursive: true });
    await this.page.screenshot({ path: `${screenshotFolder}${name}.png` });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
