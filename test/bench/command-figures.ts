// What a docker command takes, measured alike on both engines: the caller brings the client.

import { copiedBytes, perSecond, timed, type Spread } from './statistics.ts';

/** One engine and a client of it. */
export interface DockerClient {
  /** Runs a docker command to its end, its output thrown away as fast as it comes. Rejects where it fails. */
  docker(...argv: string[]): Promise<void>;
  /** An image with busybox in it. */
  readonly busybox: string;
  /** One with GNU coreutils, whose `yes` costs the processor little: busybox's writes each line by itself. */
  readonly coreutils: string;
  /** A file of {@link copiedBytes} where the client's `docker cp` finds it. */
  readonly file: string;
}

/** Durations in milliseconds, and streams in bytes a second. */
export interface CommandFigures {
  readonly run: Spread;
  readonly exec: Spread;
  readonly inspect: Spread;
  /** `docker ps` with 50 containers running, and `docker ps -a` with as many stopped. */
  readonly list: Spread;
  readonly listStopped: Spread;
  readonly copyIn: Spread;
  readonly copyOut: Spread;
  /** `yes | head -c 50M` in a container, to the client that ran it. */
  readonly attach: Spread;
  /** The same bytes through an exec: no log is written. */
  readonly execOutput: Spread;
  /** `docker logs` of a container that has written {@link loggedBytes}. */
  readonly logs: Spread;
}

/** The names of the containers all begin so, to be told from what else an engine may hold. */
const prefix = 'drydock-bench';

const attachedBytes = 50 * 2 ** 20;
/** In the log's JSON nearly twice as much, which is all that our engine keeps of a log without a limit. */
const loggedBytes = 8 * 2 ** 20;

export async function commandFigures({ docker, busybox, coreutils, file }: DockerClient): Promise<CommandFigures> {
  const run = await timed(20, () => docker('run', '--rm', busybox, 'true'), 5);

  await docker('run', '-d', '--name', prefix, coreutils, 'sleep', '100000');
  const exec = await timed(20, () => docker('exec', prefix, 'true'), 5);
  const inspect = await timed(20, () => docker('inspect', prefix), 5);
  const rate = async (bytes: number, count: number, ...argv: string[]): Promise<Spread> =>
    perSecond(bytes, await timed(count, () => docker(...argv), 1));
  const copyIn = await rate(copiedBytes, 5, 'cp', file, `${prefix}:/copied`);
  const copyOut = await rate(copiedBytes, 5, 'cp', `${prefix}:/copied`, file);
  const execOutput = await rate(attachedBytes, 3, 'exec', prefix, 'sh', '-c', `yes | head -c ${attachedBytes}`);
  await docker('rm', '-f', prefix);
  const attach = await rate(attachedBytes, 2, 'run', '--rm', coreutils, 'sh', '-c', `yes | head -c ${attachedBytes}`);

  // Lines of a web server's length: `yes` alone would measure how fast empty lines are numbered.
  const lines = `yes "$(head -c 100 /dev/zero | tr '\\0' x)" | head -c ${loggedBytes}`;
  await docker('run', '--name', prefix, coreutils, 'sh', '-c', lines);
  const logs = await rate(loggedBytes, 5, 'logs', prefix);
  await docker('rm', prefix);

  const names = Array.from({ length: 50 }, (_, index) => `${prefix}-${index}`);
  for (const name of names) await docker('run', '-d', '--name', name, busybox, 'sleep', '100000');
  const list = await timed(20, () => docker('ps'), 5);
  await docker('kill', ...names);
  await docker('wait', ...names);
  const listStopped = await timed(20, () => docker('ps', '-a'), 5);
  await docker('rm', ...names);
  return { run, exec, inspect, list, listStopped, copyIn, copyOut, attach, execOutput, logs };
}
