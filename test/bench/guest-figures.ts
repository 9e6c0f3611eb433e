// Figures of the engine in Node: the same guest and engine as the page's, without a browser around them.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runCli } from '../../src/cli/run-cli.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { FolderBlobStore } from '../../src/headless/folder-blob-store.ts';
import { folderFetch } from '../../src/headless/folder-fetch.ts';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { restoredMachine } from '../../src/headless/restored-machine.ts';
import { Drydock } from '../../src/host/drydock.ts';
import { GuestFiles } from '../../src/host/guest-files.ts';
import { Shell } from '../../src/host/shell.ts';
import { open } from '../../src/guest/linux.ts';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import type { Machine } from '../../src/machine/machine.ts';
import { commandFigures, type CommandFigures, type DockerClient } from './command-figures.ts';
import { copiedBytes, spread, timed, type Spread } from './statistics.ts';

type Docker = DockerClient['docker'];

export interface GuestFigures {
  /** `docker run --rm busybox true` typed at the guest's prompt, to the next prompt. */
  readonly runTyped: Spread;
  /** The first such command after the page was opened: nothing is warm yet. */
  readonly runTypedFirst: number;
  /** Docker commands by the CLI beside the engine: no stub and no shell of the guest between. */
  readonly commands: CommandFigures;
  /** 1,000 execs in a row. */
  readonly execs: ExecGrowth;
  /** `docker run -it ubuntu bash`, to the prompt in the container. */
  readonly runBash: Spread;
  /** Milliseconds for 100 detached containers, megabytes of guest memory they take, and how many run. */
  readonly hundred: { readonly milliseconds: number; readonly megabytes: number; readonly running: number };
}

/** What the last of many execs take more than the first. */
export interface ExecGrowth {
  /** Median of the last hundred over that of the first hundred. */
  readonly slowdown: number;
  /** Megabytes of the guest's memory, and of the engine's heap, that the execs left taken. */
  readonly guestMegabytes: number;
  readonly heapMegabytes: number;
}

export async function guestFigures(): Promise<GuestFigures> {
  const { machine, snapshot } = await restoredMachine(console.error);
  const drydock = await Drydock.start(machine, {
    blobs: new FolderBlobStore(join(projectRoot, 'build/bench-blobs')),
    baseUrl: `${pathToFileURL(join(projectRoot, 'public')).href}/`,
    fetch: folderFetch,
  });
  const prompt = new Prompt(new Shell(machine.channel, snapshot.shell));
  await prompt.wait();
  const docker = async (...argv: string[]): Promise<void> => {
    const code = await runCli(silentIo(drydock), argv);
    if (code !== 0) throw new Error(`docker ${argv.join(' ')}: exit code ${code}`);
  };

  for (const image of ['busybox', 'ubuntu']) await docker('pull', image);
  const runTypedFirst = (await timed(1, () => prompt.run('docker run --rm busybox true'), 0)).median;
  const runTyped = await timed(20, () => prompt.run('docker run --rm busybox true'), 20);
  await makeFile(machine, '/copied');
  const commands = await commandFigures({ docker, busybox: 'busybox', coreutils: 'ubuntu', file: '/copied' });
  const execs = await execGrowth(machine, docker);

  const bash: number[] = [];
  for (let run = 0; run < 6; run++) {
    const start = performance.now();
    await prompt.run('docker run --rm -it ubuntu bash');
    if (run > 0) bash.push(performance.now() - start);
    await prompt.run('exit');
  }
  const hundred = await hundredContainers(machine, docker, drydock);
  await machine.stop();
  return { runTyped, runTypedFirst, commands, execs, runBash: spread(bash), hundred };
}

async function makeFile(machine: Machine, path: string): Promise<void> {
  const p = new ProgramBuilder('make a file');
  p.writeFile(path, new Uint8Array(), open.O_WRONLY | open.O_CREAT, 0o644);
  p.truncate(path, copiedBytes);
  await machine.channel.run(p.build());
}

async function execGrowth(machine: Machine, docker: Docker): Promise<ExecGrowth> {
  await docker('run', '-d', '--name', 'bench', 'busybox', 'sleep', '100000');
  const exec = (): Promise<void> => docker('exec', 'bench', 'true');
  const first = await timed(100, exec, 0);
  const before = { guest: await availableMegabytes(machine), heap: heapMegabytes() };
  for (let run = 0; run < 800; run++) await exec();
  const last = await timed(100, exec, 0);
  const growth = {
    slowdown: last.median / first.median,
    guestMegabytes: before.guest - (await availableMegabytes(machine)),
    heapMegabytes: heapMegabytes() - before.heap,
  };
  await docker('rm', '-f', 'bench');
  return growth;
}

/** What is reachable, where node was started with --expose-gc as `npm run bench` does. */
function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function hundredContainers(machine: Machine, docker: Docker, drydock: Drydock): Promise<GuestFigures['hundred']> {
  const before = await availableMegabytes(machine);
  const start = performance.now();
  for (let index = 0; index < 100; index++) await docker('run', '-d', 'busybox', 'sleep', '100000');
  const milliseconds = performance.now() - start;
  const running = (await drydock.engine.system.info()).ContainersRunning;
  return { milliseconds, megabytes: before - (await availableMegabytes(machine)), running };
}

async function availableMegabytes(machine: Machine): Promise<number> {
  const p = new ProgramBuilder('read memory');
  const file = p.readFile('/proc/meminfo', 4096);
  const text = decodeUtf8((await machine.channel.run(p.build())).output(file));
  return Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

function silentIo(drydock: Drydock): CliIo {
  const nowhere = { isTty: false, write: () => Promise.resolve() };
  return {
    stdin: { isTty: false, stream: new ReadableStream({ start: (controller) => controller.close() }) },
    stdout: nowhere,
    stderr: nowhere,
    env: {},
    cwd: '/',
    files: new GuestFiles(drydock.machine.channel, '/'),
    dial: drydock.dial,
    terminalSize: () => undefined,
    onResize: () => () => {},
    setRawMode: () => Promise.resolve(),
    onSignal: () => () => {},
  };
}

/** A shell driven by its prompt. */
class Prompt {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #text = '';
  #wake: () => void = () => {};

  constructor(shell: Shell) {
    this.#writer = shell.terminal.writable.getWriter();
    // It ends with the machine.
    this.#read(shell).catch(() => {});
  }

  async #read(shell: Shell): Promise<void> {
    const reader = shell.terminal.readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      this.#text += decodeUtf8(next.value);
      this.#wake();
    }
  }

  /** Resolves when the last thing on the screen is a root prompt. */
  async wait(): Promise<void> {
    while (!/# $/.test(this.#text)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  async run(line: string): Promise<void> {
    this.#text = '';
    await this.#writer.write(encodeUtf8(`${line}\n`));
    await this.wait();
  }
}
