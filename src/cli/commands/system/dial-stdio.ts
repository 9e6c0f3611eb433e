import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';

/** What another docker, reached over ssh, runs here to talk to this engine. */
export const dialStdio: CommandSpec<Record<never, never>> = {
  use: 'dial-stdio',
  short: 'Proxy the stdio stream to the daemon connection. Should not be invoked manually.',
  args: noArgs,
  complete: nothing,
  flags: {},
  async run({ io, signal }) {
    const { readable, writable } = await io.dial();
    // Stdin may end before all is answered; the engine's end of the connection ends the command.
    const asking = new AbortController();
    void io.stdin.stream.pipeTo(writable, { preventCancel: true, signal: asking.signal }).catch(() => {});
    const reader = readable.getReader();
    signal.addEventListener('abort', () => void reader.cancel().catch(() => {}), { once: true });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await io.stdout.write(value);
    }
    asking.abort();
  },
};
