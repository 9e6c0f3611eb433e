import type { DockerCli } from '../docker-cli.ts';
import { humanSize } from '../format/units.ts';

/** Milliseconds between two looks at what has been copied. */
const interval = 75;

const save = '\x1b[s';
const restore = '\x1b[u';
const eraseLine = '\x1b[2K';
const hide = '\x1b[?25l';
const show = '\x1b[?25h';

export const copiedSize = (bytes: number): string => humanSize(bytes, 3);

/** Shows on a terminal how much has been copied, until the returned function is called. */
export async function showCopyProgress(
  cli: DockerCli,
  header: string,
  copied: () => number,
): Promise<() => Promise<void>> {
  if (!cli.io.stderr.isTty) return async () => {};
  await cli.printError(`${save}Preparing to copy...${hide}${restore}${eraseLine}${header}${copiedSize(0)}`);
  let shown = 0;
  const timer = setInterval(() => {
    const bytes = copied();
    if (bytes === shown) return;
    shown = bytes;
    void cli.printError(`\x1b[${header.length + 1}G\x1b[0K${copiedSize(bytes)}`);
  }, interval);
  return async () => {
    clearInterval(timer);
    await cli.printError(`${show}${restore}${eraseLine}`);
  };
}
