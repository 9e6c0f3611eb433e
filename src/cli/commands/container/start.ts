import { minArgs, type CommandSpec } from '../../command.ts';
import { allContainers, isStopped } from '../../completion/names.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { bool, text, type FlagValues } from '../../flag/flag.ts';
import { streamHijacked } from '../../stream/hijacked-streams.ts';
import { forwardSignals } from '../../stream/signals.ts';
import { monitorTtySize } from '../../stream/tty-size.ts';
import { watchExit } from '../../stream/wait-exit.ts';

const experimental = { requires: { experimental: true, os: 'linux' } } as const;

const flags = {
  attach: bool('Attach STDOUT/STDERR and forward signals', { shorthand: 'a' }),
  checkpoint: text('Restore from this checkpoint', experimental),
  'checkpoint-dir': text('Use a custom checkpoint storage directory', experimental),
  'detach-keys': text('Override the key sequence for detaching a container'),
  interactive: bool("Attach container's STDIN", { shorthand: 'i' }),
};

export const start: CommandSpec<typeof flags> = {
  use: 'start [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Start one or more stopped containers',
  aliasLine: 'docker container start, docker start',
  args: minArgs(1),
  complete: allContainers(isStopped),
  flags,
  async run(cli, { args, flags: given }) {
    if (given.attach || given.interactive) {
      if (args.length > 1) throw new Error('you cannot start and attach multiple containers at once');
      return startAttached(cli, args[0]!, given);
    }
    if (given.checkpoint !== '') {
      if (args.length > 1) throw new Error('you cannot restore multiple containers at once');
      return cli.client.containers.start(args[0]!, {
        checkpoint: given.checkpoint,
        'checkpoint-dir': given['checkpoint-dir'],
      });
    }
    const failed: string[] = [];
    for (const name of args) {
      try {
        await cli.client.containers.start(name);
        await cli.print(`${name}\n`);
      } catch (error) {
        await cli.printError(`${messageOf(error)}\n`);
        failed.push(name);
      }
    }
    if (failed.length > 0) throw new Error(`Error: failed to start containers: ${failed.join(', ')}`);
  },
};

async function startAttached(cli: DockerCli, name: string, given: FlagValues<typeof flags>): Promise<void> {
  const { containers } = cli.client;
  const { Id: id, Config: config, HostConfig: hostConfig } = await containers.inspect(name);
  const ended = new AbortController();
  const stops = [() => ended.abort()];
  if (!config.Tty) stops.push(forwardSignals(cli, id));
  try {
    const stdin = given.interactive && config.OpenStdin;
    const detachKeys = await cli.detachKeys(given['detach-keys']);
    const connection = await containers.attach(id, { stdin, stdout: true, stderr: true, detachKeys });
    const { stdout, stderr } = cli.io;
    const streaming = await streamHijacked(cli, connection, { stdin, stdout, stderr, tty: config.Tty, detachKeys });
    const { status } = await watchExit(cli, id, hostConfig.AutoRemove, ended.signal);
    try {
      await containers.start(id, { checkpoint: given.checkpoint, 'checkpoint-dir': given['checkpoint-dir'] });
    } catch (error) {
      streaming.stop();
      await streaming.done;
      if (hostConfig.AutoRemove) await status;
      throw error;
    }
    if (config.Tty && stdout.isTty) stops.push(await monitorTtySize(cli, (size) => containers.resize(id, size)));
    // An interrupted one ends with 0, as the real one does: the container got the signal, and goes on without us.
    cli.signal.addEventListener('abort', () => streaming.stop());
    if ((await streaming.done) === 'detached' || cli.signal.aborted) return;
    const code = await status;
    if (code !== 0) throw new ExitError(code);
  } finally {
    for (const stop of stops) stop();
  }
}
