import { DockerError } from '../../api/error.ts';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import type { ContainerStatus } from '../../api/container.ts';
import { randomHex } from '../../lib/hex.ts';
import { deferred, type Deferred } from '../../lib/deferred.ts';
import { Mutex } from '../../lib/mutex.ts';
import type { ContainerLog } from '../logs/container-log.ts';
import type { Endpoint } from '../network/endpoint.ts';
import type { HeldPort } from '../network/port-publisher.ts';
import type { StreamIds } from '../runtime/streams.ts';
import type { ContainerHealth } from './health.ts';
import type { Link } from './links.ts';
import { cleanPath, type ContainerMount } from './mounts.ts';
import { Restarts } from './restart-policy.ts';
import { Stdio } from './stdio.ts';

/** The image a container was made from, as it was then. */
export interface ContainerImage {
  readonly id: string;
  /** The reference as the user wrote it. */
  readonly name: string;
  /** Names of the layers' trees on the 9P server, topmost first. */
  readonly layers: readonly string[];
  /** Bytes in its layers. */
  readonly size: number;
  /** Lets go of the layers; called once, when the container is removed. */
  release(): Promise<void>;
}

/** How a run ended. */
export interface ExitStatus {
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

/**
 * One container: what it was asked to be, and what it is now. It holds no behaviour of its own beyond keeping its state
 * consistent; the operations are in the files beside this one.
 */
export class Container {
  readonly id: string;
  readonly created: bigint;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly image: ContainerImage;
  readonly path: string;
  readonly args: readonly string[];
  readonly mounts: readonly ContainerMount[];
  links: readonly Link[];
  /** Names the container's own directory under /var/lib/docker/overlay2. */
  readonly mountId: string;
  name: string;

  status: ContainerStatus = 'created';
  pid = 0;
  exitCode = 0;
  error = '';
  oomKilled = false;
  startedAt = 0n;
  finishedAt = 0n;
  restartCount = 0;
  /** When the restart policy runs it again; knows of stop and kill, which a policy must not undo. */
  restarts = new Restarts();
  /** While it is `restarting`: settles when it runs again or will not. */
  backOff: Promise<void> = Promise.resolve();
  /** Clients in `stop`: the end of the run they wait for is also the success of their stop. */
  stopping = 0;
  /** Somebody is removing it, killing it first if need be: nobody else may, nor start it. */
  removalInProgress = false;
  /** Clients in `restart`: the end of the run they wait for is no end for `--rm`. */
  restartingByHand = 0;
  /** While it runs: by which another engine finds its streams again. */
  streams: StreamIds = {};
  /** The ID of the network it was last connected to; empty before the first start. */
  networkId = '';
  /** Its endpoint there, while it is connected; empty when it uses another's. */
  endpointId = '';
  /** On the default bridge also what the endpoint has: host and none give nothing but an ID. */
  endpoint: Endpoint | undefined;
  /** The container whose hostname, hosts and resolv.conf it has, itself as a rule; empty before the first start. */
  hostFilesOf = '';
  /** Its ports on the host, while it runs. */
  published: readonly HeldPort[] = [];
  /** Since the first start of a container with a health check. */
  health: ContainerHealth | undefined;

  /** Since somebody wrote or read it; see logging.ts. */
  log: ContainerLog | undefined;
  readonly stdio = new Stdio();
  /** Serialises start, clean-up and removal. */
  readonly lifecycle = new Mutex();
  readonly execIds = new Set<string>();
  /** The pty or its size before the process has one: height, width. */
  terminalSize: readonly [number, number] | undefined;

  #run: Deferred<ExitStatus> = deferred();
  readonly removed: Deferred = deferred();

  constructor(options: {
    readonly id: string;
    readonly name: string;
    readonly created: bigint;
    readonly config: ContainerConfig;
    readonly hostConfig: HostConfig;
    readonly image: ContainerImage;
    readonly path: string;
    readonly args: readonly string[];
    readonly mounts: readonly ContainerMount[];
    readonly links?: readonly Link[];
    readonly mountId: string;
  }) {
    this.id = options.id;
    this.name = options.name;
    this.created = options.created;
    this.config = options.config;
    this.hostConfig = options.hostConfig;
    this.image = options.image;
    this.path = options.path;
    this.args = options.args;
    this.mounts = options.mounts;
    this.links = options.links ?? [];
    this.mountId = options.mountId;
  }

  /** The first twelve digits, as Docker shows IDs to people. */
  get shortId(): string {
    return this.id.slice(0, 12);
  }

  /** Also while it waits to be restarted, without a process: to stop, rm and ps it runs then (as in moby). */
  get running(): boolean {
    return this.status === 'running' || this.status === 'paused' || this.restarting;
  }

  get restarting(): boolean {
    return this.status === 'restarting';
  }

  get paused(): boolean {
    return this.status === 'paused';
  }

  /** Whether whoever asks may remove it; then nobody else may. */
  claimRemoval(): boolean {
    if (this.removalInProgress) return false;
    this.removalInProgress = true;
    return true;
  }

  /** Where the container's control group is, below the cgroup mount. */
  get cgroup(): string {
    return cleanPath(`${this.hostConfig.CgroupParent || '/docker'}/${this.id}`);
  }

  #sandboxId: string | undefined;

  /** The ID of this run's network namespace, made up on first use. */
  sandboxId(): string {
    return (this.#sandboxId ??= randomHex());
  }

  get currentSandboxId(): string | undefined {
    return this.#sandboxId;
  }

  set currentSandboxId(id: string | undefined) {
    this.#sandboxId = id;
  }

  /** Forgets the run's network namespace; returns its ID if there was one. */
  releaseSandbox(): string | undefined {
    const id = this.#sandboxId;
    this.#sandboxId = undefined;
    return id;
  }

  markStarted(pid: number, now: bigint): void {
    this.status = 'running';
    this.pid = pid;
    this.exitCode = 0;
    this.error = '';
    this.oomKilled = false;
    this.startedAt = now;
  }

  /** A start that failed leaves the container as Docker does: `created` (or `exited`) with the error and its code. */
  markStartFailed(exitCode: number, error: string): void {
    this.exitCode = exitCode;
    this.error = error;
    this.pid = 0;
  }

  /** The end of a run; `restarting` when the restart policy wants another. */
  markExited(exit: ExitStatus, now: bigint, status: 'exited' | 'restarting' = 'exited'): void {
    this.status = status;
    this.pid = 0;
    this.exitCode = exit.exitCode;
    this.oomKilled = exit.oomKilled;
    this.finishedAt = now;
    const run = this.#run;
    this.#run = deferred();
    run.resolve(exit);
  }

  /** The end of the current run, or of the next one when none is going on. */
  get nextExit(): Promise<ExitStatus> {
    return this.#run.promise;
  }
}

/** Refuses what takes a process while the container waits to be restarted. */
export function requireNotRestarting(container: Container): void {
  if (container.restarting) {
    throw new DockerError('conflict', `Container ${container.id} is restarting, wait until the container is running`);
  }
}

/** All containers, found by ID, unique ID prefix or name. */
export class ContainerStore {
  readonly #byId = new Map<string, Container>();
  readonly #byName = new Map<string, string>();
  readonly #unfinished = new Set<Container>();

  /** Claims the name of a container that is being made: nobody finds it yet, but what it needs is in use. */
  reserve(container: Container): void {
    this.reserveName(container.name, container.id);
    this.#unfinished.add(container);
  }

  add(container: Container): void {
    this.reserveName(container.name, container.id);
    this.#unfinished.delete(container);
    this.#byId.set(container.id, container);
  }

  /** Claims a name for an ID; Docker's conflict error when another has it. */
  reserveName(name: string, id: string): void {
    const owner = this.#byName.get(name);
    if (owner !== undefined && owner !== id) {
      throw new DockerError(
        'conflict',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    this.#byName.set(name, id);
  }

  releaseName(name: string): void {
    this.#byName.delete(name);
  }

  hasName(name: string): boolean {
    return this.#byName.has(name);
  }

  remove(container: Container): void {
    this.#unfinished.delete(container);
    this.#byId.delete(container.id);
    this.#byName.delete(container.name);
  }

  /** Newest first, as listings have them. */
  all(): Container[] {
    return [...this.#byId.values()].sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  /** Those whose images and volumes must stay: all, and those that are being made. */
  users(): Container[] {
    return [...this.#byId.values(), ...this.#unfinished];
  }

  /** All links, each with the container that has it. */
  links(): { readonly parent: Container; readonly link: Link }[] {
    return [...this.#byId.values()].flatMap((parent) => parent.links.map((link) => ({ parent, link })));
  }

  /** All names of a container, its own and those of links to it, in order, each with its slash. */
  names(container: Container): string[] {
    const linked = this.links().filter(({ link }) => link.child === container);
    return [`/${container.name}`, ...linked.map(({ parent, link }) => `/${parent.name}/${link.alias}`)].sort();
  }

  /** The container meant by a full ID, a name or a link's (with or without slash) or a unique prefix, in this order. */
  get(reference: string): Container {
    const name = reference.replace(/^\//, '');
    const exact = this.#byId.get(reference) ?? this.#byId.get(this.#byName.get(name) ?? '') ?? this.#linked(name);
    if (exact) return exact;
    const matches = reference === '' ? [] : [...this.#byId.keys()].filter((id) => id.startsWith(reference));
    if (matches.length > 1) {
      throw new DockerError('invalid-parameter', `multiple IDs found with provided prefix: ${reference}`);
    }
    const found = this.#byId.get(matches[0] ?? '');
    if (!found) throw new DockerError('not-found', `No such container: ${reference}`);
    return found;
  }

  #linked(name: string): Container | undefined {
    if (!name.includes('/')) return undefined;
    const child = this.links().find(({ parent, link }) => name === `${parent.name}/${link.alias}`)?.link.child;
    return child && this.#byId.get(child.id);
  }

  /** Like `get`, for those who can do without. */
  find(reference: string): Container | undefined {
    try {
      return this.get(reference);
    } catch {
      return undefined;
    }
  }
}
