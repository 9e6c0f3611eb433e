// Writes containers to the guest's disk when something has happened to them: a moment later, all of it at once.

import type { Channel } from '../../guest/channel.ts';
import { open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { Mutex } from '../../lib/mutex.ts';
import type { Container, ContainerStore } from '../container/container.ts';
import type { Events } from '../events.ts';
import { containerDirectory } from '../runtime/paths.ts';
import { recordOf, type ContainerRecord } from './container-record.ts';

/** Milliseconds that a change waits for others: a start alone is three. */
const patience = 10;

export const configFile = 'config.v2.json';
export const hostConfigFile = 'hostconfig.json';

export class ContainerFiles {
  readonly #channel: Channel;
  readonly #containers: ContainerStore;
  readonly #changed = new Set<string>();
  readonly #writing = new Mutex();
  readonly #unsubscribe: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Listens to the events: nothing happens to a container without one. */
  constructor(channel: Channel, containers: ContainerStore, events: Events) {
    this.#channel = channel;
    this.#containers = containers;
    this.#unsubscribe = events.subscribe(({ type, id }) => {
      if (type === 'container') this.changed(id);
    });
  }

  changed(id: string): void {
    this.#changed.add(id);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#writing.run(() => this.#write());
    }, patience);
    // In Node a pending timer would keep the process alive for nothing.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #write(): Promise<void> {
    const ids = [...this.#changed];
    this.#changed.clear();
    for (const id of ids) {
      const container = this.#containers.find(id);
      if (container?.id === id) await this.save(container);
    }
  }

  /** Writes a container now, unless it is about to go. */
  async save(container: Container, unfinished?: ContainerRecord['Drydock']['unfinished']): Promise<void> {
    const isOver = container.hostConfig.AutoRemove && container.pid === 0 && container.startedAt > 0n;
    if (container.status === 'removing' || container.removalInProgress || isOver) return;
    const directory = containerDirectory(container.id);
    const p = new ProgramBuilder(`save container ${container.shortId}`);
    p.mkdirAll(directory, 0o710);
    for (const [name, content] of [
      [hostConfigFile, container.hostConfig],
      [configFile, recordOf(container, unfinished)],
    ] as const) {
      // A file is there whole or as it was before.
      const temporary = `${directory}/.tmp-${name}`;
      p.writeFile(temporary, JSON.stringify(content), open.O_WRONLY | open.O_CREAT | open.O_TRUNC, 0o600);
      p.rename(temporary, `${directory}/${name}`);
    }
    try {
      await this.#channel.run(p.build());
    } catch (error) {
      console.error(`saving container ${container.shortId}: ${(error as Error).message}`);
    }
  }

  /** Writes no more by itself. */
  async close(): Promise<void> {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#writing.close(new Error('the engine is shutting down'));
  }
}
