import type { DockerCli } from './docker-cli.ts';
import { ExitError } from './exit-error.ts';
import { decodeUtf8 } from '../lib/bytes.ts';

/** Asks a yes-or-no question. Anything but `y`, the end of input too, ends the command, which counts as success. */
export async function confirm(cli: DockerCli, question: string): Promise<void> {
  await cli.print(`${question} [y/N] `);
  const reader = cli.io.stdin.stream.getReader();
  const interrupted = new Promise<never>((_resolve, reject) => {
    cli.signal.addEventListener('abort', () => reject(cli.signal.reason as Error), { once: true });
  });
  let answer = '';
  try {
    while (!answer.includes('\n')) {
      const { done, value } = await Promise.race([reader.read(), interrupted]);
      if (done) break;
      answer += decodeUtf8(value);
    }
  } finally {
    reader.releaseLock();
  }
  if (answer.split('\n')[0]!.trim().toLowerCase() !== 'y') throw new ExitError(0);
}
