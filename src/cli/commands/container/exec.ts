import { minArgs, type CommandSpec } from '../../command.ts';
import { environmentNames } from '../../completion/lists.ts';
import { files } from '../../completion/completer.ts';
import { isNotPaused, runningContainers } from '../../completion/names.ts';
import { ExitError } from '../../exit-error.ts';
import { bool, list, text } from '../../flag/flag.ts';
import { streamHijacked } from '../../stream/hijacked-streams.ts';
import { monitorTtySize } from '../../stream/tty-size.ts';
import { checkEnv, readKeyValues } from './options/key-values.ts';

const flags = {
  detach: bool('Detached mode: run command in the background', { shorthand: 'd' }),
  'detach-keys': text('Override the key sequence for detaching a container'),
  env: list('Set environment variables', {
    shorthand: 'e',
    check: checkEnv,
    requires: { apiVersion: '1.25' },
    complete: environmentNames,
  }),
  'env-file': list('Read in a file of environment variables', { requires: { apiVersion: '1.25' }, complete: files }),
  interactive: bool('Keep STDIN open even if not attached', { shorthand: 'i' }),
  privileged: bool('Give extended privileges to the command'),
  tty: bool('Allocate a pseudo-TTY', { shorthand: 't' }),
  user: text('Username or UID (format: "<name|uid>[:<group|gid>]")', { shorthand: 'u' }),
  workdir: text('Working directory inside the container', { shorthand: 'w', requires: { apiVersion: '1.35' } }),
};

export const exec: CommandSpec<typeof flags> = {
  use: 'exec [OPTIONS] CONTAINER COMMAND [ARG...]',
  short: 'Execute a command in a running container',
  aliasLine: 'docker container exec, docker exec',
  args: minArgs(2),
  interspersed: false,
  complete: runningContainers(isNotPaused),
  flags,
  async run(cli, { args: [container = '', ...command], flags: given }) {
    const env = await readKeyValues(cli.io, given['env-file'], given.env, cli.io.env);
    const { detach, tty } = given;
    const stdin = !detach && given.interactive;
    // Asked for first: that a container is not there matters more than a missing terminal.
    await cli.client.containers.inspect(container);
    if (!detach) cli.checkTty(stdin, tty);
    const size = cli.io.stdout.isTty ? cli.io.terminalSize() : undefined;
    const consoleSize: [number, number] = [size?.rows ?? 0, size?.columns ?? 0];
    const sized = tty ? { ConsoleSize: consoleSize } : {};
    const detachKeys = await cli.detachKeys(given['detach-keys']);
    const { Id: id } = await cli.client.containers.createExec(container, {
      User: given.user,
      Privileged: given.privileged,
      Tty: tty,
      ...sized,
      AttachStdin: stdin,
      AttachStderr: !detach,
      AttachStdout: !detach,
      Detach: detach,
      DetachKeys: detachKeys,
      Env: env.length > 0 ? env : null,
      WorkingDir: given.workdir,
      Cmd: command,
    });
    if (detach) return cli.client.execs.start(id, { Tty: tty, ...sized });

    const connection = await cli.client.execs.attach(id, { Tty: tty, ...sized });
    const { stdout, stderr } = cli.io;
    const streaming = await streamHijacked(cli, connection, {
      stdin,
      stdout,
      stderr: tty ? stdout : stderr,
      tty,
      detachKeys,
    });
    cli.signal.addEventListener('abort', () => streaming.stop());
    const stop =
      tty && cli.io.stdin.isTty ? await monitorTtySize(cli, (next) => cli.client.execs.resize(id, next)) : undefined;
    try {
      if ((await streaming.done) === 'detached') throw new Error('read escape sequence');
    } finally {
      stop?.();
    }
    // An interrupted exec ends with 0, as the real one does: the command goes on without us.
    if (cli.signal.aborted) return;
    const { ExitCode: code } = await cli.client.execs.inspect(id);
    if (code !== 0 && code !== null) throw new ExitError(code);
  },
};
