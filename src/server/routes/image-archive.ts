/** `POST /commit`, and images as archives: import, save, load. */
import { DockerError } from '../../api/error.ts';
import type { ContainerBackend } from '../../api/backend/container.ts';
import type { ImageBackend } from '../../api/backend/image.ts';
import type { ImagePlatform } from '../../api/image.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { type Reference, parseReference, withDefaultTag } from '../../lib/reference.ts';
import { apiAtLeast, param, type ApiContext, type Route } from '../context.ts';
import { readJson } from '../json-body.ts';
import { progressReply } from '../progress-stream.ts';
import * as query from '../query.ts';
import { json, streamReply } from '../replies.ts';
import { createRequest } from '../schemas/container.ts';

export const commitRoutes = (backend: ContainerBackend): Route[] => [
  { method: 'POST', path: '/commit', handler: (c) => commit(c, backend) },
];

export const imageArchiveRoutes = (backend: ImageBackend): Route[] => [
  { method: 'GET', path: '/images/get', handler: (c) => save(c, backend, query.list(c, 'names')) },
  { method: 'GET', path: '/images/:name{.+}/get', handler: (c) => save(c, backend, [param(c, 'name')]) },
  { method: 'POST', path: '/images/load', handler: (c) => load(c, backend) },
];

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

async function commit(c: ApiContext, backend: ContainerBackend): Promise<Response> {
  const request = (await readJson(c, createRequest)) ?? createRequest.parse({});
  // moby reads more than it uses, too.
  const { HostConfig: _host, NetworkingConfig: _network, ...config } = request;
  const isEmpty = JSON.stringify({ ...createRequest.parse({}), ...config }) === JSON.stringify(createRequest.parse({}));
  const id = await backend.commit(query.text(c, 'container'), {
    reference: repositoryAndTag(c),
    author: query.text(c, 'author'),
    comment: query.text(c, 'comment'),
    config: isEmpty ? undefined : config,
    changes: query.list(c, 'changes'),
    pause: query.boolean(c, 'pause', true),
  });
  return json(c, { Id: id }, 201);
}

/** Import: what `POST /images/create` is without `fromImage`. */
export async function importImage(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const source = query.text(c, 'fromSrc');
  const options = {
    source: source === '-' ? readChunks(c.env.body) : source,
    reference: repositoryAndTag(c),
    message: query.text(c, 'message') || `Imported from ${source}`,
    changes: query.list(c, 'changes'),
    platform: query.optionalText(c, 'platform'),
  };
  return progressReply(c, (report) => backend.import(options, report, c.env.signal));
}

/** The name that `repo` and `tag` give an image, if any. */
function repositoryAndTag(c: ApiContext): Reference | undefined {
  const [repository, tag] = [query.text(c, 'repo'), query.text(c, 'tag')];
  if (repository === '') return undefined;
  let reference: Reference;
  try {
    reference = parseReference(repository);
  } catch (cause) {
    throw invalid((cause as Error).message);
  }
  if (reference.digest !== undefined) throw invalid('cannot import digest reference');
  if (tag === '') return withDefaultTag(reference);
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(tag)) throw invalid('invalid tag format');
  return { ...reference, tag };
}

async function save(c: ApiContext, backend: ImageBackend, names: readonly string[]): Promise<Response> {
  const archive = await backend.save(names, platform(c));
  return streamReply(c, 'application/x-tar', archive, (bytes) => bytes);
}

async function load(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const options = { platform: platform(c), quiet: query.boolean(c, 'quiet', true) };
  const archive = readChunks(c.env.body);
  return progressReply(c, (report) => backend.load(archive, options, report), { errorsAreProgress: true });
}

/** Save and load have it as JSON, since API 1.48. */
function platform(c: ApiContext): ImagePlatform | undefined {
  if (!apiAtLeast(c, '1.48')) return undefined;
  const values = query.list(c, 'platform');
  if (values.length > 1) throw invalid('multiple platform parameters not supported');
  const [text = ''] = values;
  if (text === '') return undefined;
  let parsed: Partial<ImagePlatform> | null;
  try {
    parsed = JSON.parse(text) as Partial<ImagePlatform> | null;
  } catch (cause) {
    throw invalid(`failed to parse platform: ${(cause as Error).message}`);
  }
  const { os = '', architecture = '', variant } = parsed ?? {};
  if (os === '' || architecture === '') throw invalid('both OS and Architecture must be provided');
  return { os, architecture, ...(variant && { variant }) };
}
