import { minArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { detachKeys } from '../../completion/container-flags.ts';
import { pullPolicies } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { bool, text, type FlagValues } from '../../flag/flag.ts';
import { streamHijacked, type Streaming } from '../../stream/hijacked-streams.ts';
import { forwardSignals } from '../../stream/signals.ts';
import { monitorTtySize } from '../../stream/tty-size.ts';
import { watchExit } from '../../stream/wait-exit.ts';
import { checkPull, containerFlags } from './container-flags.ts';
import { createContainer } from './create-container.ts';
import { toCreateRequest, type CreateRequest } from './create-request.ts';
import { withHelp } from './create.ts';

const runFlags = {
  ...containerFlags,
  detach: bool('Run container in background and print container ID', { shorthand: 'd' }),
  'detach-keys': text('Override the key sequence for detaching a container', { complete: detachKeys }),
  pull: text('Pull image before running ("always", "missing", "never")', {
    initial: 'missing',
    complete: pullPolicies,
  }),
  'sig-proxy': bool('Proxy received signals to the process', { initial: true }),
};

export const run: CommandSpec<typeof runFlags> = {
  use: 'run [OPTIONS] IMAGE [COMMAND] [ARG...]',
  short: 'Create and run a new container from an image',
  aliasLine: 'docker container run, docker run',
  args: minArgs(1),
  interspersed: false,
  complete: imageNames(1),
  completeFlags: nothing,
  flags: runFlags,
  async run(cli, { args, flags, changed }) {
    const request = await Promise.resolve()
      .then(() => checkPull(flags.pull))
      .then(() => toCreateRequest(cli.io, flags, changed, args))
      .catch((error: unknown) => {
        throw withHelp(error, 'run');
      });
    await runContainer(cli, request, flags);
  },
};

async function runContainer(cli: DockerCli, request: CreateRequest, flags: FlagValues<typeof runFlags>): Promise<void> {
  const { config } = request;
  if (!flags.detach) cli.checkTty(config.AttachStdin, config.Tty);
  else {
    if (flags.attach.length > 0) throw new Error('conflicting options: cannot specify both --attach and --detach');
    Object.assign(config, { AttachStdin: false, AttachStdout: false, AttachStderr: false, StdinOnce: false });
  }
  const id = await createContainer(cli, request, flags).catch((error: unknown) => {
    throw runError(error);
  });
  const ended = new AbortController();
  const stops = [() => ended.abort()];
  if (flags['sig-proxy']) stops.push(forwardSignals(cli, id));
  try {
    const attaches = config.AttachStdin || config.AttachStdout || config.AttachStderr;
    if (!attaches) await cli.print(`${id}\n`);
    const streaming = attaches ? await attach(cli, id, request, await cli.detachKeys(flags['detach-keys'])) : undefined;
    const { status } = await watchExit(cli, id, flags.rm, ended.signal);
    try {
      await cli.client.containers.start(id);
    } catch (error) {
      streaming?.stop();
      await streaming?.done;
      // The engine removes it all the same, and a name must be free again when we are done.
      if (flags.rm) await status;
      throw runError(error);
    }
    if (streaming === undefined) return;
    if (config.Tty && cli.io.stdout.isTty) {
      stops.push(await monitorTtySize(cli, (size) => cli.client.containers.resize(id, size)));
    }
    const code = await exitOf(streaming, status, config.AttachStdout || config.AttachStderr);
    if (code !== 0) throw new ExitError(code);
  } finally {
    for (const stop of stops) stop();
  }
}

async function attach(cli: DockerCli, id: string, { config }: CreateRequest, detachKeys: string): Promise<Streaming> {
  const { AttachStdin: stdin, AttachStdout: stdout, AttachStderr: stderr, Tty: tty } = config;
  const connection = await cli.client.containers.attach(id, { stdin, stdout, stderr, detachKeys });
  const { io } = cli;
  return streamHijacked(cli, connection, {
    stdin,
    tty,
    detachKeys,
    stdout: stdout ? io.stdout : undefined,
    stderr: stderr ? (tty ? io.stdout : io.stderr) : undefined,
  });
}

/** The exit code; 0 when the user detached. All output is written before it is known. */
async function exitOf(streaming: Streaming, status: Promise<number>, hasOutput: boolean): Promise<number> {
  const first = await Promise.race([streaming.done, status]);
  if (first === 'detached') return 0;
  if (typeof first === 'number') {
    if (!hasOutput) streaming.stop();
    await streaming.done.catch(() => {});
  }
  return status;
}

/** What the daemon says decides the code: 127 for a command that is not there, 126 for one that cannot be run. */
function runError(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'AbortError') return error;
  const message = messageOf(error);
  const has = (...texts: string[]): boolean => texts.some((text) => message.includes(text));
  if (has('executable file not found', 'no such file or directory', 'system cannot find the file specified'))
    return withHelp(error, 'run', 127);
  if (has('permission denied', 'is a directory')) return withHelp(error, 'run', 126);
  return withHelp(error, 'run');
}
