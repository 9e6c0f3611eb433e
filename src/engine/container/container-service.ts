// The engine's face for containers: finds the one that is meant and hands over to the operation.

import type {
  ContainerAttachOptions,
  ContainerBackend,
  ContainerCommitOptions,
  ContainerCreateOptions,
  ContainerExtractOptions,
  ContainerListOptions,
  ContainerLogs,
  ContainerLogsOptions,
  ContainerRemoveOptions,
  ContainerStatsOptions,
  ContainerStopOptions,
  ContainerUpdate,
  ContainerWait,
  WaitCondition,
} from '../../api/backend/container.ts';
import type { AttachedStreams } from '../../api/backend/attached-streams.ts';
import type { FilesystemChange } from '../../api/changes.ts';
import type {
  ContainerCreateResponse,
  ContainerInspect,
  ContainersPruneResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateResponse,
} from '../../api/container.ts';
import { DockerError, errorKind, type ErrorKind } from '../../api/error.ts';
import type { ContainerStats } from '../../api/stats.ts';
import type { ContainerPathStat } from '../../api/path-stat.ts';
import type { Filters } from '../../api/filters.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import type { EngineContext } from '../context.ts';
import { imageForPlatform, platformWarnings } from '../images/image-platform.ts';
import type { ContainerBase } from '../images/image-store.ts';
import { userPlatform } from '../images/platform.ts';
import { createOverlay, mountImage, overlayDirectories } from '../runtime/rootfs.ts';
import { containerChanges } from './archive/changes.ts';
import { exportContainer } from './archive/export.ts';
import { containerArchive, statContainerPath } from './archive/get-archive.ts';
import { extractToContainer } from './archive/put-archive.ts';
import { attachContainer, containerLogs } from './attach.ts';
import { removeFiles } from './clean-up.ts';
import { commitContainer } from './commit.ts';
import { checkRequest } from './check-request.ts';
import { checkConfinement } from './confinement.ts';
import { containerEvent } from './container-events.ts';
import { checkName, createContainer } from './create.ts';
import { inspectContainer } from './inspect.ts';
import { listContainers } from './list.ts';
import { pauseContainer, unpauseContainer } from './pause.ts';
import { pruneContainers } from './prune.ts';
import { removeContainer } from './remove.ts';
import { containerSizes } from './size.ts';
import { startContainer } from './start.ts';
import { StatsCollector } from './stats.ts';
import { killContainer, restartContainer, stopContainer } from './stop.ts';
import { resizeTerminal } from './terminal.ts';
import { topContainer } from './top.ts';
import { adaptHostConfig } from './adapt-host-config.ts';
import { updateContainer } from './update.ts';
import { createVolumes, removeAnonymousVolumes } from './volumes.ts';
import { waitForContainer } from './wait.ts';
import { makeWorkingDirectory } from './working-directory.ts';

/** Puts what was attempted before the reason it failed, as the daemon does; `kind` where it gives all one kind. */
async function failingWith(attempt: string, action: () => Promise<void>, kind?: ErrorKind): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (errorKind(error) === 'not-modified') throw error;
    throw new DockerError(kind ?? errorKind(error), `${attempt}: ${(error as Error).message}`, { cause: error });
  }
}

export class ContainerService implements ContainerBackend {
  readonly #context: EngineContext;
  readonly #stats: StatsCollector;
  readonly #creations = new Set<Promise<unknown>>();

  constructor(context: EngineContext) {
    this.#context = context;
    this.#stats = new StatsCollector(context);
  }

  async list(options: ContainerListOptions): Promise<ContainerSummary[]> {
    const { containers, images, machine } = this.#context;
    const rows = listContainers({ containers, imageId: (reference) => images.find(reference)?.id }, options);
    if (!options.size) return rows;
    const sizes = await containerSizes(
      machine.channel,
      rows.map(({ Id }) => containers.get(Id)),
    );
    // Go leaves out a size of nothing.
    return rows.map((row, at) => ({ ...row, ...sizes[at]!, SizeRw: sizes[at]!.SizeRw || undefined }));
  }

  create(options: ContainerCreateOptions): Promise<ContainerCreateResponse> {
    if (this.#context.closed) return Promise.reject(new DockerError('unavailable', 'the engine is shutting down'));
    const creation = this.#prepare(options);
    this.#creations.add(creation);
    const done = (): void => void this.#creations.delete(creation);
    void creation.then(done, done);
    return creation;
  }

  /** Resolves when the creations under way have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#creations);
  }

  async #prepare(options: ContainerCreateOptions): Promise<ContainerCreateResponse> {
    const { images } = this.#context;
    checkRequest(options, (reference) => this.#context.containers.find(reference) !== undefined);
    checkConfinement(options.hostConfig);
    const { platform } = options;
    const found = imageForPlatform(images, options.config.Image, platform ? userPlatform(platform) : undefined);
    const own = await images.forContainer(found);
    const mounted = new Map<string, ContainerBase>();
    const held = () => [own, ...mounted.values()];
    const release = async (): Promise<void> => void (await Promise.all(held().map((each) => each.release())));
    try {
      for (const { Type, Source } of options.hostConfig.Mounts ?? []) {
        if (Type !== 'image' || !Source || mounted.has(Source)) continue;
        mounted.set(Source, await images.forContainer(images.get(Source)));
      }
      const { Id, Warnings } = await this.#create(options, { ...own, release }, mounted);
      return { Id, Warnings: [...platformWarnings(found, platform), ...Warnings] };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async #create(
    options: ContainerCreateOptions,
    image: ContainerBase,
    mounted: ReadonlyMap<string, ContainerBase>,
  ): Promise<ContainerCreateResponse> {
    const { containers, machine } = this.#context;
    adaptHostConfig(this.#context, options);
    const { container, warnings } = createContainer(
      options,
      { ...image, name: options.config.Image },
      image.config,
      containers,
      mounted,
    );
    containers.reserve(container);
    this.#context.images.bases.set(container.id, image);
    try {
      const p = new ProgramBuilder(`create container ${container.shortId}`);
      p.step('writable layer');
      createOverlay(p, overlayDirectories(container.mountId, container.image.layers));
      for (const { image, source } of container.mounts) if (image) mountImage(p, image.layers, source);
      const checkDirectory = makeWorkingDirectory(p, container);
      p.step('bind sources');
      for (const mount of container.mounts) {
        if (mount.type !== 'bind') continue;
        if (mount.bind?.createSource) p.try.mkdirAll(mount.source, 0o755);
        p.access(mount.source, 0);
      }
      checkDirectory(await machine.channel.run(p.build()));
      await createVolumes(this.#context, container);
      containers.add(container);
    } catch (error) {
      containers.remove(container);
      await removeAnonymousVolumes(this.#context, container);
      this.#context.images.bases.delete(container.id);
      const undo = new ProgramBuilder(`undo the creation of ${container.shortId}`);
      removeFiles(undo, container);
      await machine.channel.run(undo.build());
      if (error instanceof GuestError && error.step === 'bind sources') {
        const missing = container.mounts.find((mount) => error.description.includes(JSON.stringify(mount.source)));
        throw new DockerError(
          'invalid-parameter',
          `invalid mount config for type "bind": bind source path does not exist: ${missing?.source ?? ''}`,
        );
      }
      throw error;
    }
    containerEvent(this.#context, container, 'create');
    return { Id: container.id, Warnings: warnings };
  }

  async inspect(reference: string, options: { size: boolean }): Promise<ContainerInspect> {
    const container = this.#context.containers.get(reference);
    const [size] = options.size ? await containerSizes(this.#context.machine.channel, [container]) : [];
    return inspectContainer(container, size);
  }

  async start(reference: string): Promise<void> {
    await startContainer(this.#context, this.#context.containers.get(reference));
  }

  async stop(reference: string, options: ContainerStopOptions): Promise<void> {
    const container = this.#context.containers.get(reference);
    await failingWith(
      `cannot stop container: ${reference}`,
      () => stopContainer(this.#context, container, options),
      'system',
    );
  }

  async restart(reference: string, options: ContainerStopOptions): Promise<void> {
    const container = this.#context.containers.get(reference);
    await failingWith(`Cannot restart container ${reference}`, () =>
      restartContainer(this.#context, container, options),
    );
  }

  async kill(reference: string, signal: string): Promise<void> {
    await killContainer(this.#context, this.#context.containers.get(reference), signal);
  }

  async pause(reference: string): Promise<void> {
    await pauseContainer(this.#context, this.#context.containers.get(reference));
  }

  async unpause(reference: string): Promise<void> {
    await unpauseContainer(this.#context, this.#context.containers.get(reference));
  }

  async wait(reference: string, condition: WaitCondition, signal: AbortSignal): Promise<ContainerWait> {
    const { containers, machine } = this.#context;
    return waitForContainer(containers.get(reference), condition, machine.died, signal);
  }

  async remove(reference: string, options: ContainerRemoveOptions): Promise<void> {
    await removeContainer(this.#context, this.#context.containers.get(reference), reference, options);
  }

  async rename(reference: string, newName: string): Promise<void> {
    const { containers } = this.#context;
    const container = containers.get(reference);
    const name = newName.replace(/^\//, '');
    if (name === '') throw new DockerError('invalid-parameter', 'Neither old nor new names may be empty');
    if (name === container.name) {
      throw new DockerError('invalid-parameter', 'Renaming a container with the same name as its current name');
    }
    await failingWith('Error when allocating new name', async () => {
      checkName(name, newName.startsWith('/') ? newName : `/${newName}`);
      containers.reserveName(name, container.id);
    });
    containers.releaseName(container.name);
    const oldName = container.name;
    container.name = name;
    containerEvent(this.#context, container, 'rename', { oldName: `/${oldName}` });
  }

  async resize(reference: string, { height, width }: { height: number; width: number }): Promise<void> {
    const container = this.#context.containers.get(reference);
    container.terminalSize = [height, width];
    if (!container.running || container.restarting)
      throw new DockerError('conflict', `container ${container.id} is not running`);
    if (container.config.Tty) await resizeTerminal(this.#context, container.pid, height, width);
    containerEvent(this.#context, container, 'resize', { height: String(height), width: String(width) });
  }

  async attach(reference: string, options: ContainerAttachOptions, signal: AbortSignal): Promise<AttachedStreams> {
    return attachContainer(this.#context, reference, options, signal);
  }

  async logs(reference: string, options: ContainerLogsOptions, signal: AbortSignal): Promise<ContainerLogs> {
    return containerLogs(this.#context, this.#context.containers.get(reference), options, signal);
  }

  async top(reference: string, psArguments: string): Promise<ContainerTopResponse> {
    return topContainer(this.#context, this.#context.containers.get(reference), psArguments);
  }

  async stats(
    reference: string,
    options: ContainerStatsOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerStats>> {
    return this.#stats.stats(this.#context.containers.get(reference), options, signal);
  }

  async changes(reference: string): Promise<FilesystemChange[] | null> {
    return containerChanges(this.#context, this.#context.containers.get(reference));
  }

  async statPath(reference: string, path: string): Promise<ContainerPathStat> {
    return statContainerPath(this.#context, this.#context.containers.get(reference), reference, path);
  }

  async archive(
    reference: string,
    path: string,
  ): Promise<{ stat: ContainerPathStat; content: AsyncIterable<Uint8Array> }> {
    return containerArchive(this.#context, this.#context.containers.get(reference), reference, path);
  }

  async extract(
    reference: string,
    path: string,
    content: AsyncIterable<Uint8Array>,
    options: ContainerExtractOptions,
  ): Promise<void> {
    await extractToContainer(this.#context, this.#context.containers.get(reference), reference, path, content, options);
  }

  async export(reference: string): Promise<AsyncIterable<Uint8Array>> {
    return exportContainer(this.#context, this.#context.containers.get(reference));
  }

  async commit(reference: string, options: ContainerCommitOptions): Promise<string> {
    return commitContainer(this.#context, this.#context.containers.get(reference), options);
  }

  async update(reference: string, update: ContainerUpdate): Promise<ContainerUpdateResponse> {
    return updateContainer(this.#context, () => this.#context.containers.get(reference), update);
  }

  async prune(filters: Filters): Promise<ContainersPruneResponse> {
    return pruneContainers(this.#context, filters);
  }
}
