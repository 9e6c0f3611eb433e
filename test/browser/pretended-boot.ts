// A pretended machine for tests of the page alone: it downloads a file as the real one does, and its "shell" answers a
// handful of words. Never part of the app.

import { duplexPair, type Duplex } from '../../src/lib/duplex.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import type { TerminalSize } from '../../src/rpc/worker-api.ts';
import { downloadFiles } from '../../src/worker/download.ts';
import type { Boot } from '../../src/worker/running-machine.ts';

export const bootMachine: Boot = async (options, report) => {
  if (options.boot === 'cold') {
    report({ type: 'booting', boot: 'cold' });
    report({ type: 'console', text: '[    0.000000] Pretended kernel\r\n' });
  } else {
    await downloadFiles([`${options.baseUrl}pretended-state`], (progress) => report({ type: 'download', ...progress }));
    report({ type: 'booting', boot: 'snapshot' });
  }
  let pass = (): void => {};
  let die!: (why: { reason: string; message: string }) => void;
  const died = new Promise<{ reason: string; message: string }>((resolve) => {
    die = resolve;
  });
  return {
    async openTerminal(size) {
      const [inner, outer] = duplexPair();
      let current = size;
      void runShell(
        inner,
        () => current,
        () => die({ reason: 'panic', message: 'Kernel panic: pretended' }),
        () => pass(),
      );
      return {
        stream: outer,
        async resize(next) {
          current = next;
        },
      };
    },
    async dial() {
      throw new Error('the pretended machine has no engine');
    },
    async openLesson(lesson, onChecked) {
      let stepId = '';
      const missing = () => lesson.steps.find(({ id }) => id === stepId)!.check.map(({ name }) => name);
      pass = () => onChecked(stepId, []);
      return {
        async open(id) {
          stepId = id;
          onChecked(stepId, missing());
        },
        poke: () => {},
        close: () => {},
      };
    },
    traces: async () => [],
    died,
  };
};

async function runShell(terminal: Duplex, size: () => TerminalSize, die: () => void, pass: () => void): Promise<void> {
  const writer = terminal.writable.getWriter();
  const print = (text: string) => writer.write(encodeUtf8(text));
  await print('pretended$ ');
  let line = '';
  for await (const bytes of terminal.readable) {
    for (const character of decodeUtf8(bytes)) {
      if (character === '\x03') await print('^C\r\npretended$ ');
      else if (character !== '\r') {
        line += character;
        await print(character < ' ' ? `^${String.fromCharCode(character.charCodeAt(0) + 64)}` : character);
      } else {
        const [word, ...words] = line.split(' ');
        line = '';
        await print('\r\n');
        if (word === 'exit') return writer.close();
        if (word === 'size') await print(`${size().rows} ${size().columns}\r\n`);
        if (word === 'say') await print(`${words.join(' ')}\r\n`);
        if (word === 'die') die();
        // What the open step's check looks for is there.
        if (word === 'docker') pass();
        if (word === 'flood') for (let row = 1; row <= Number(words[0]); row++) await print(`row ${row}\r\n`);
        await print('pretended$ ');
      }
    }
  }
}
