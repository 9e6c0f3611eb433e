import type { EventMessage } from '../../../api/events.ts';
import type { ContainerStats } from '../../../api/stats.ts';
import { minArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { throwJoined } from '../../exit-error.ts';
import { bool, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { renderRows } from '../../format/table.ts';
import { statsHeaders, statsRow, statsTable } from './stats-row.ts';

const flags = {
  all: bool('Show all containers (default shows just running)', { shorthand: 'a' }),
  format: text(listFormatUsage),
  'no-stream': bool('Disable streaming stats and only pull the first result'),
  'no-trunc': bool('Do not truncate output'),
};

/** Milliseconds between two pictures. */
const period = 500;

export const stats: CommandSpec<typeof flags> = {
  use: 'stats [OPTIONS] [CONTAINER...]',
  short: 'Display a live stream of container(s) resource usage statistics',
  aliasLine: 'docker container stats, docker stats',
  args: minArgs(0),
  complete: runningContainers(),
  flags,
  async run(cli, { args, flags: given }) {
    const stop = new AbortController();
    cli.signal.addEventListener('abort', () => stop.abort());
    const board = new Board(cli, !given['no-stream'], stop.signal);
    const asked = given.format || ((await cli.settings()).statsFormat ?? '');
    const format = ['', 'table'].includes(asked) ? statsTable : asked;
    // What does not parse is an error even where there is nothing to show.
    renderRows(format, statsHeaders, []);
    const picture = (): string => board.render(format, !given['no-trunc']);
    try {
      if (args.length > 0) {
        const failures = await Promise.all([...new Set(args)].map((name) => board.add(name)));
        throwJoined(failures.filter((failure) => failure !== undefined));
      } else {
        if (!given['no-stream']) void follow(cli, board, given.all, stop.signal);
        const containers = await cli.client.containers.list({ all: given.all });
        await Promise.all(containers.map(({ Id: id }) => board.add(id)));
      }
      if (given['no-stream']) {
        if (board.size > 0) await cli.print(picture());
        return;
      }
      while (!stop.signal.aborted && (board.size > 0 || args.length === 0)) {
        await sleep(period, stop.signal);
        const lines = picture()
          .split('\n')
          .map((line) => `${line}\x1b[K\n`);
        await cli.print(`\x1b[H${lines.join('')}\x1b[J`);
      }
    } finally {
      stop.abort();
    }
  },
};

/** The containers shown, each with its last sample. */
class Board {
  readonly #cli: DockerCli;
  readonly #stream: boolean;
  readonly #signal: AbortSignal;
  readonly #samples = new Map<string, ContainerStats | undefined>();

  constructor(cli: DockerCli, stream: boolean, signal: AbortSignal) {
    this.#cli = cli;
    this.#stream = stream;
    this.#signal = signal;
  }

  get size(): number {
    return this.#samples.size;
  }

  /** Resolves with the first sample; with the error when there is none. */
  async add(container: string): Promise<unknown> {
    if (this.#samples.has(container)) return undefined;
    this.#samples.set(container, undefined);
    try {
      const samples = await this.#cli.client.containers.stats(container, { stream: this.#stream }, this.#signal);
      await this.#take(container, samples);
      if (this.#stream) void this.#takeAll(container, samples);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  remove(container: string): void {
    this.#samples.delete(container);
  }

  render(format: string, truncate: boolean): string {
    const rows = [...this.#samples].map(([container, sample]) => statsRow(container, sample, truncate));
    return renderRows(format, statsHeaders, rows);
  }

  /** Whether there was a sample, and the container is still shown. */
  async #take(container: string, samples: AsyncGenerator<ContainerStats, void, void>): Promise<boolean> {
    const { done, value } = await samples.next();
    if (done || !this.#samples.has(container)) return false;
    this.#samples.set(container, value);
    return true;
  }

  async #takeAll(container: string, samples: AsyncGenerator<ContainerStats, void, void>): Promise<void> {
    try {
      while (await this.#take(container, samples));
      await samples.return();
    } catch {
      // Ended by the signal or with the engine; the last sample stays.
    }
  }
}

/** Shows containers that come, and no more those that go. */
async function follow(cli: DockerCli, board: Board, all: boolean, signal: AbortSignal): Promise<void> {
  try {
    for await (const line of await cli.client.system.events(
      { filters: new Map([['type', new Set(['container'])]]) },
      signal,
    )) {
      const { Action: action, Actor: actor } = JSON.parse(line) as EventMessage;
      if (action === 'start' || (all && action === 'create')) void board.add(actor.ID);
      if (action === 'destroy' || (!all && action === 'die')) board.remove(actor.ID);
    }
  } catch {
    // Ended by the signal.
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
