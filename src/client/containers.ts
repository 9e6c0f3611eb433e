/** Requests under `/containers`. */
import type { FilesystemChange } from '../api/changes.ts';
import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspect,
  ContainersPruneResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateRequest,
  ContainerUpdateResponse,
  ContainerWaitResponse,
} from '../api/container.ts';
import type { ExecCreateRequest, ExecCreateResponse } from '../api/exec.ts';
import type { ContainerPathStat } from '../api/path-stat.ts';
import { decodeUtf8 } from '../lib/bytes.ts';
import type { ContainerStats } from '../api/stats.ts';
import type { Duplex } from '../lib/duplex.ts';
import { readText } from './errors.ts';
import { encodeFilters, type Filters } from './filters.ts';
import { readJsonLines } from './json-lines.ts';
import { trimId, type Transport } from './transport.ts';

export interface ContainerListOptions {
  readonly all?: boolean;
  /** Newest n; none when undefined or below 1. */
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: Filters;
}

export interface AttachOptions {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly logs?: boolean;
  readonly detachKeys?: string;
}

/** `since` and `until` as Unix timestamps, `tail` a number of lines or `all`. */
export interface LogsOptions {
  readonly since?: string;
  readonly until?: string;
  readonly timestamps?: boolean;
  readonly follow?: boolean;
  readonly tail?: string;
  readonly details?: boolean;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export interface CommitOptions {
  /** What the image is called. */
  readonly repo?: string;
  readonly tag?: string;
  readonly author?: string;
  readonly comment?: string;
  /** Dockerfile instructions. */
  readonly changes?: readonly string[];
  readonly pause?: boolean;
}

export class Containers {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(
    body: ContainerCreateRequest,
    options: { name?: string; platform?: string } = {},
  ): Promise<ContainerCreateResponse> {
    return this.#transport.json('POST', '/containers/create', { query: options, body });
  }

  list({ all, limit, size, filters }: ContainerListOptions = {}): Promise<ContainerSummary[]> {
    const query = {
      all,
      limit: limit !== undefined && limit > 0 ? limit : undefined,
      size,
      filters: encodeFilters(filters),
    };
    return this.#transport.json('GET', '/containers/json', { query });
  }

  async inspect(id: string): Promise<ContainerInspect> {
    return JSON.parse(await this.inspectRaw(id)) as ContainerInspect;
  }

  /** The daemon's own text, key order and all. */
  async inspectRaw(id: string, options: { size?: boolean } = {}): Promise<string> {
    return this.#transport.text('GET', path(id, 'json'), { query: options });
  }

  async start(id: string, options: { checkpoint?: string; 'checkpoint-dir'?: string } = {}): Promise<void> {
    await this.#transport.run('POST', path(id, 'start'), { query: options });
  }

  /** `t` in seconds; the container's own timeout when undefined. */
  async stop(id: string, options: { signal?: string; t?: number } = {}): Promise<void> {
    await this.#transport.run('POST', path(id, 'stop'), { query: options });
  }

  async restart(id: string, options: { signal?: string; t?: number } = {}): Promise<void> {
    await this.#transport.run('POST', path(id, 'restart'), { query: options });
  }

  async kill(id: string, signal?: string): Promise<void> {
    await this.#transport.run('POST', path(id, 'kill'), { query: { signal } });
  }

  async pause(id: string): Promise<void> {
    await this.#transport.run('POST', path(id, 'pause'));
  }

  async unpause(id: string): Promise<void> {
    await this.#transport.run('POST', path(id, 'unpause'));
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#transport.run('POST', path(id, 'rename'), { query: { name } });
  }

  async remove(id: string, options: { v?: boolean; link?: boolean; force?: boolean } = {}): Promise<void> {
    await this.#transport.run('DELETE', path(id), { query: options });
  }

  async resize(id: string, size: { h: number; w: number }): Promise<void> {
    await this.#transport.run('POST', path(id, 'resize'), { query: size });
  }

  async top(id: string, psArgs?: string): Promise<ContainerTopResponse> {
    return this.#transport.json('GET', path(id, 'top'), { query: { ps_args: psArgs } });
  }

  /** Null when nothing has changed. */
  async changes(id: string): Promise<FilesystemChange[] | null> {
    return this.#transport.json('GET', path(id, 'changes'));
  }

  /** What is at a path. */
  async statPath(id: string, containerPath: string): Promise<ContainerPathStat> {
    const { headers, body } = await this.#transport.call('HEAD', path(id, 'archive'), {
      query: { path: containerPath },
    });
    await body.cancel();
    return pathStatOf(headers);
  }

  /** A tar of what is at a path. */
  async archive(
    id: string,
    containerPath: string,
    signal?: AbortSignal,
  ): Promise<{ stat: ContainerPathStat; content: ReadableStream<Uint8Array> }> {
    const { headers, body } = await this.#transport.call('GET', path(id, 'archive'), {
      query: { path: containerPath },
      signal,
    });
    return { stat: pathStatOf(headers), content: body };
  }

  /** Unpacks a tar, which may be compressed, into a directory. */
  async extract(
    id: string,
    containerPath: string,
    content: ReadableStream<Uint8Array>,
    { copyUidGid }: { readonly copyUidGid: boolean },
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#transport.run('PUT', path(id, 'archive'), {
      query: { path: containerPath, noOverwriteDirNonDir: 'true', copyUIDGID: copyUidGid && 'true' },
      stream: content,
      signal,
    });
  }

  /** The file system as a tar. */
  async export(id: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return (await this.#transport.call('GET', path(id, 'export'), { signal })).body;
  }

  /** An image of the container; its ID. */
  async commit(container: string, { pause, ...options }: CommitOptions): Promise<string> {
    const query = { container: trimId('container', container), ...options, pause: pause === false ? 0 : undefined };
    return (await this.#transport.json<{ Id: string }>('POST', '/commit', { query })).Id;
  }

  async update(id: string, body: ContainerUpdateRequest): Promise<ContainerUpdateResponse> {
    return this.#transport.json('POST', path(id, 'update'), { body });
  }

  /** A sample a second until the signal fires; only one, which took a second to come, without `stream`. */
  async stats(
    id: string,
    { stream }: { stream: boolean },
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<ContainerStats, void, void>> {
    // The engine streams unless told not to.
    const query = { stream: stream ? 1 : 0 };
    const { body } = await this.#transport.call('GET', path(id, 'stats'), { query, signal });
    return readJsonLines(body);
  }

  prune(filters?: Filters): Promise<ContainersPruneResponse> {
    return this.#transport.json('POST', '/containers/prune', { query: { filters: encodeFilters(filters) } });
  }

  /**
   * Returns once the daemon watches, so that nothing started afterwards is missed; `result` settles when the condition
   * holds.
   */
  async wait(
    id: string,
    condition?: WaitCondition,
    signal?: AbortSignal,
  ): Promise<{ result: Promise<ContainerWaitResponse> }> {
    const { body } = await this.#transport.call('POST', path(id, 'wait'), { query: { condition }, signal });
    const result = readText(body).then((text) => {
      if (text.trim() === '') throw new Error('EOF');
      return JSON.parse(text) as ContainerWaitResponse;
    });
    // Who waits for the container only in one of several ways must not see the others' failures as unhandled.
    result.catch(() => {});
    return { result };
  }

  /** Raw bytes with a tty, multiplexed frames without. */
  async attach(id: string, options: AttachOptions, signal?: AbortSignal): Promise<Duplex> {
    return this.#transport.hijack(path(id, 'attach'), { query: { stream: true, ...options }, signal });
  }

  /** Raw bytes with a tty, multiplexed frames without. */
  async logs(id: string, options: LogsOptions, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = { stdout: true, stderr: true, ...options };
    return (await this.#transport.call('GET', path(id, 'logs'), { query, signal })).body;
  }

  async createExec(id: string, body: ExecCreateRequest): Promise<ExecCreateResponse> {
    return this.#transport.json('POST', path(id, 'exec'), { body });
  }
}

const path = (id: string, action?: string): string =>
  `/containers/${trimId('container', id)}${action === undefined ? '' : `/${action}`}`;

const pathStatOf = (headers: { get(name: string): string | null | undefined }): ContainerPathStat => {
  const text = atob(headers.get('x-docker-container-path-stat') ?? '');
  return JSON.parse(decodeUtf8(Uint8Array.from(text, (character) => character.charCodeAt(0)))) as ContainerPathStat;
};
