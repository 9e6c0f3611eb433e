import type { DockerCli } from '../docker-cli.ts';

/** Sets the size of a container's terminal. */
export type Resize = (size: { h: number; w: number }) => Promise<void>;

const retries = 10;

/**
 * Keeps a container's terminal the size of ours, from now on and at each change; returns what stops that. A terminal
 * that is not there yet is tried again, a little later each time.
 */
export async function monitorTtySize(cli: DockerCli, resize: Resize): Promise<() => void> {
  const apply = async (): Promise<boolean> => {
    const size = cli.io.terminalSize();
    if (size === undefined || (size.rows === 0 && size.columns === 0)) return true;
    return resize({ h: size.rows, w: size.columns }).then(
      () => true,
      () => false,
    );
  };
  let stopped = false;
  if (!(await apply())) {
    void (async () => {
      for (let retry = 0; retry < retries && !stopped; retry++) {
        await new Promise((resolve) => setTimeout(resolve, (retry + 1) * 10));
        if (await apply()) return;
      }
      if (!stopped) await cli.printError('failed to resize tty, using default size\n');
    })();
  }
  const unsubscribe = cli.io.onResize(() => void apply());
  return () => {
    stopped = true;
    unsubscribe();
  };
}
