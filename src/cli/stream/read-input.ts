import { concatBytes, decodeUtf8 } from '../../lib/bytes.ts';
import type { DockerCli } from '../docker-cli.ts';

/** All of the input, as text. */
export async function readAll(cli: DockerCli): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of interruptible(cli)) chunks.push(chunk);
  return decodeUtf8(concatBytes(chunks));
}

/** One line from the terminal, without its end. Without echo what is typed is not seen. */
export async function readLine(cli: DockerCli, { echo }: { echo: boolean }): Promise<string> {
  if (!echo) await cli.io.setRawMode(true);
  try {
    let line = '';
    for await (const chunk of interruptible(cli)) {
      for (const character of decodeUtf8(chunk)) {
        if (character === '\n' || character === '\r') return line;
        // In raw mode the keys that edit and end a line are ours to see to.
        if (!echo && character === '\x03') throw new Error('interrupted');
        if (!echo && character === '\x04' && line === '') return line;
        if (!echo && (character === '\x7f' || character === '\b')) line = line.slice(0, -1);
        else line += character;
      }
    }
    return line;
  } finally {
    if (!echo) {
      await cli.io.setRawMode(false);
      await cli.print('\n');
    }
  }
}

async function* interruptible(cli: DockerCli): AsyncGenerator<Uint8Array> {
  const reader = cli.io.stdin.stream.getReader();
  const interrupted = new Promise<never>((_resolve, reject) => {
    cli.signal.addEventListener('abort', () => reject(cli.signal.reason as Error), { once: true });
  });
  interrupted.catch(() => {});
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), interrupted]);
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
