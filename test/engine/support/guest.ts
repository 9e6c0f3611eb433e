// A Docker host of one's own for a test file: a restored machine with the engine on it, and everything a test wants to
// reach it with.

import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { EngineClient } from '../../../src/client/engine-client.ts';
import type { BlobStore } from '../../../src/engine/layers/blob-store.ts';
import { GUEST_TO_HOST_CREDIT } from '../../../src/guest/channel-stream.ts';
import { ProgramBuilder } from '../../../src/guest/program-builder.ts';
import { folderFetch } from '../../../src/headless/folder-fetch.ts';
import { projectRoot } from '../../../src/headless/node-machine.ts';
import { restoredMachine } from '../../../src/headless/restored-machine.ts';
import { Drydock, type DrydockOptions } from '../../../src/host/drydock.ts';
import type { ShellState } from '../../../src/host/shell.ts';
import type { Machine } from '../../../src/machine/machine.ts';
import { CachedBlobs } from './cached-blobs.ts';
import { DockerCommand, type CommandOptions, type CommandResult } from './docker-command.ts';
import { HostShell } from './host-shell.ts';
import { transcribe } from './transcript.ts';

/** Mode of the `stream` op. */
const guestToHost = 1;

const baseUrl = `${pathToFileURL(join(projectRoot, 'public')).href}/`;

export class TestGuest {
  readonly machine: Machine;
  readonly drydock: Drydock;
  readonly api: EngineClient;
  readonly #shellState: ShellState;
  #shell: HostShell | undefined;

  private constructor(machine: Machine, drydock: Drydock, shellState: ShellState) {
    this.machine = machine;
    this.drydock = drydock;
    this.api = new EngineClient({ dial: drydock.dial });
    this.#shellState = shellState;
  }

  /** Restores a machine, starts the engine and pulls `images`. */
  static async start({
    images = [],
    blobs = new CachedBlobs(),
    proxy,
  }: { images?: readonly string[]; blobs?: BlobStore; proxy?: DrydockOptions['proxy'] } = {}): Promise<TestGuest> {
    const { machine, snapshot } = await restoredMachine();
    const drydock = await Drydock.start(machine, { blobs, baseUrl, fetch: folderFetch, ...(proxy && { proxy }) });
    const guest = new TestGuest(machine, drydock, snapshot.shell);
    for (const image of images) await guest.docker('pull', '--quiet', image);
    return guest;
  }

  async stop(): Promise<void> {
    await this.machine.stop();
  }

  /** Starts `docker ARGS…` and returns while it runs. */
  startDocker(options: CommandOptions, ...args: readonly string[]): DockerCommand {
    return new DockerCommand(this.drydock, this.machine.channel, args, options);
  }

  /** Runs `docker ARGS…` without terminal and input; how it ended is for the caller to see. */
  async tryDocker(...args: readonly string[]): Promise<CommandResult> {
    return this.startDocker({ stdin: '' }, ...args).result;
  }

  /** Runs `docker ARGS…`, which must succeed; resolves with its standard output, without the last line's end. */
  async docker(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await this.tryDocker(...args);
    if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: exit code ${exitCode}\n${stdout}${stderr}`);
    return stdout.replace(/\n$/, '');
  }

  /** The shell a learner sits at, ready for a command. */
  async shell(): Promise<HostShell> {
    if (!this.#shell) {
      this.#shell = new HostShell(this.machine.channel, this.#shellState);
      await this.#shell.ready();
    }
    return this.#shell;
  }

  /** Runs a shell command on the guest's host and resolves with all it printed, whatever its exit code. */
  async host(command: string): Promise<string> {
    const { channel } = this.machine;
    const p = new ProgramBuilder(`run ${command}`);
    const [output, input] = p.pipe();
    const child = p.child('shell');
    child.dup3(input, 1);
    child.dup3(input, 2);
    child.execve('/bin/sh', ['sh', '-c', command], ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root']);
    p.clone({ flags: 0, program: child });
    const id = channel.allocateStream();
    p.stream(output, id, guestToHost, GUEST_TO_HOST_CREDIT);
    await channel.run(p.build());
    return (await transcribe(channel.stream(id).readable)).replace(/\n$/, '');
  }

  /** Waits until a process runs with this command line. A shell that has only just forked would swallow a Ctrl-C. */
  async running(commandLine: string): Promise<void> {
    const pattern = commandLine.replaceAll(' ', '.').replace(/^./, '^$&');
    const found = await this.host(
      `for i in $(seq 100); do grep -alq '${pattern}' /proc/[0-9]*/cmdline && echo found && exit; sleep 0.1; done`,
    );
    if (found !== 'found') throw new Error(`waiting for a process ${commandLine}: there is none after 10 s`);
  }
}
