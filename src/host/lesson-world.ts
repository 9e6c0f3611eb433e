// What the checks of a lesson may see of this host. Nothing here changes anything, and none of it shows among the
// commands and requests that are the learner's.

import { ApiError } from '../client/errors.ts';
import { EngineClient } from '../client/engine-client.ts';
import { sendRequest } from '../client/http.ts';
import type { LessonWorld, PastCommand, PastEvent, PastRequest, ScriptResult } from '../lesson/world.ts';
import { concatBytes, decodeUtf8 } from '../lib/bytes.ts';
import { readChunks } from '../lib/read-chunks.ts';
import { readTar } from '../lib/tar/read-tar.ts';
import type { Drydock } from './drydock.ts';
import { GuestFiles } from './guest-files.ts';
import { runScript } from './script.ts';

const userAgent = 'Drydock-Lesson';
/** How long a probe may take, in seconds; a request, in milliseconds. */
const probePatience = 10;
const requestPatience = 10_000;
/** More of an answer or a file is not read. */
const longestBody = 1024 * 1024;

export class HostWorld implements LessonWorld {
  readonly #drydock: Drydock;
  readonly #client: EngineClient;

  constructor(drydock: Drydock) {
    this.#drydock = drydock;
    this.#client = new EngineClient({ dial: drydock.dial, userAgent });
  }

  async get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await sendRequest(this.#drydock.dial, {
      method: 'GET',
      target: path,
      headers: { Host: 'docker', 'User-Agent': userAgent },
      signal: AbortSignal.timeout(requestPatience),
    });
    const text = decodeUtf8(await readStart(response.body));
    const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
    return { status: response.status, body: isJson ? parsed(text) : text };
  }

  async run(command: string, container: string | undefined): Promise<ScriptResult | undefined> {
    const { channel } = this.#drydock.machine;
    const shell = ['/bin/sh', '-c', command];
    const limited = ['/usr/bin/env', 'timeout', `${probePatience}`];
    if (container === undefined) return runScript(channel, [...limited, ...shell], 'lesson check');
    const pid = await this.#pidOf(container);
    if (pid === undefined) return undefined;
    const enter = ['nsenter', '-t', `${pid}`, '-m', '-u', '-i', '-n', '-p'];
    return runScript(channel, [...limited, ...enter, ...shell], 'lesson check');
  }

  async readFile(path: string, container: string | undefined): Promise<string | undefined> {
    if (container !== undefined) return this.#readContainerFile(path, container);
    const files = new GuestFiles(this.#drydock.machine.channel, '/');
    if ((await files.typeOf(path)) === undefined) return undefined;
    return decodeUtf8(await files.read(path).catch(() => new Uint8Array()));
  }

  async events(since: number): Promise<readonly PastEvent[]> {
    return this.#drydock.engine.events
      .past()
      .filter(({ time }) => Number(time / 1_000_000n) >= since)
      .map(({ type, action, attributes }) => ({ Type: type, Action: action, Actor: { Attributes: attributes } }));
  }

  commands(since: number): readonly PastCommand[] {
    return this.#drydock.trace.commands.flatMap(({ argv, startedAt, exitCode }) =>
      exitCode !== undefined && isSince(startedAt, since) ? [{ argv, exitCode }] : [],
    );
  }

  requests(since: number): readonly PastRequest[] {
    return this.#drydock.trace.requests
      .filter((request) => request.userAgent !== userAgent && isSince(request.answeredAt, since))
      .map(({ target, ...request }) => ({ ...request, path: target.replace(/^\/v\d+\.\d+(?=\/)/, '') }));
  }

  async #pidOf(container: string): Promise<number | undefined> {
    const { status, body } = await this.get(`/containers/${encodeURIComponent(container)}/json`);
    const pid = status === 200 ? (body as { State: { Pid: number } }).State.Pid : 0;
    return pid > 0 ? pid : undefined;
  }

  async #readContainerFile(path: string, container: string): Promise<string | undefined> {
    try {
      const { content } = await this.#client.containers.archive(container, path, AbortSignal.timeout(requestPatience));
      const pieces: Uint8Array[] = [];
      let entries = 0;
      for await (const part of readTar(readChunks(content))) {
        if ('entry' in part) entries++;
        // The first entry is the file itself, or the directory, which has no content.
        else if (entries === 1) pieces.push(part.content.slice());
      }
      return decodeUtf8(concatBytes(pieces));
    } catch (error) {
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  }
}

/** Whether a time of `performance.now()` is not before one in milliseconds since 1970. */
const isSince = (time: number, since: number): boolean => performance.timeOrigin + time >= since;

async function readStart(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of readChunks(body)) {
    pieces.push(piece);
    size += piece.length;
    if (size > longestBody) break;
  }
  await body.cancel().catch(() => {});
  return concatBytes(pieces);
}

/** Not every answer that says it is JSON is one value: events are many. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
