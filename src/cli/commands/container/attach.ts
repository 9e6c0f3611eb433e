import type { ContainerInspect } from '../../../api/container.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import { isNotPaused, runningContainers } from '../../completion/names.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { ExitError } from '../../exit-error.ts';
import { bool, text } from '../../flag/flag.ts';
import { streamHijacked } from '../../stream/hijacked-streams.ts';
import { forwardSignals } from '../../stream/signals.ts';
import { monitorTtySize } from '../../stream/tty-size.ts';

const flags = {
  'detach-keys': text('Override the key sequence for detaching a container'),
  'no-stdin': bool('Do not attach STDIN'),
  'sig-proxy': bool('Proxy all received signals to the process', { initial: true }),
};

export const attach: CommandSpec<typeof flags> = {
  use: 'attach [OPTIONS] CONTAINER',
  short: 'Attach local standard input, output, and error streams to a running container',
  aliasLine: 'docker container attach, docker attach',
  args: exactArgs(1),
  complete: runningContainers(isNotPaused),
  flags,
  async run(cli, { args: [name = ''], flags: given }) {
    const { containers } = cli.client;
    // Its failure shows below, where the container is looked at.
    const waiting = containers.wait(name);
    waiting.catch(() => {});
    const { Id: id, Config: config } = await inspectRunning(cli, name);
    cli.checkTty(!given['no-stdin'], config.Tty);
    const stdin = !given['no-stdin'] && config.OpenStdin;
    const detachKeys = await cli.detachKeys(given['detach-keys']);
    const stops: (() => void)[] = [];
    if (given['sig-proxy'] && !config.Tty) stops.push(forwardSignals(cli, id));
    try {
      const connection = await containers.attach(name, { stdin, stdout: true, stderr: true, detachKeys });
      // It may have stopped in between, and would then never end the stream.
      await inspectRunning(cli, name);
      const { stdout, stderr } = cli.io;
      if (config.Tty && stdout.isTty) stops.push(await redraw(cli, id));
      const streaming = await streamHijacked(cli, connection, { stdin, stdout, stderr, tty: config.Tty, detachKeys });
      cli.signal.addEventListener('abort', () => streaming.stop());
      // moby/term's words, which the real CLI prints when one detaches from here.
      if ((await streaming.done) === 'detached') throw new Error('read escape sequence');
      const { Error: error, StatusCode } = await (await waiting).result;
      if (error) throw new Error(error.Message);
      if (StatusCode !== 0) throw new ExitError(StatusCode);
    } finally {
      for (const stop of stops) stop();
    }
  },
};

async function inspectRunning(cli: DockerCli, name: string): Promise<ContainerInspect> {
  const container = await cli.client.containers.inspect(name);
  const { State: state } = container;
  if (!state.Running) throw new Error('You cannot attach to a stopped container, start it first');
  if (state.Paused) throw new Error('You cannot attach to a paused container, unpause it first');
  if (state.Restarting) throw new Error('You cannot attach to a restarting container, wait until it is running');
  return container;
}

/** A program redraws its screen only when the size changes, so it is changed and then set right. */
async function redraw(cli: DockerCli, id: string): Promise<() => void> {
  const { containers } = cli.client;
  const size = cli.io.terminalSize();
  if (size !== undefined) await containers.resize(id, { h: size.rows + 1, w: size.columns + 1 }).catch(() => {});
  return monitorTtySize(cli, (next) => containers.resize(id, next));
}
