import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import { apiAtLeast, param, type ApiContext, type Route } from '../context.ts';
import { progressReply } from '../progress-stream.ts';
import * as query from '../query.ts';
import { decodeRegistryAuth } from '../registry-auth.ts';
import { json } from '../replies.ts';
import { importImage } from './image-archive.ts';
import type { ImageBackend } from '../../api/backend/image.ts';
import { platform, platforms } from '../platform.ts';
import { imageInspectFor, imageSummaryFor } from './image-versions.ts';

const name = (c: ApiContext): string => param(c, 'name');

/** `/images/…`; names contain slashes. */
export const imageRoutes = (backend: ImageBackend): Route[] => [
  { method: 'GET', path: '/images/json', handler: (c) => list(c, backend) },
  { method: 'POST', path: '/images/create', handler: (c) => create(c, backend) },
  { method: 'POST', path: '/images/prune', handler: async (c) => json(c, await backend.prune(query.filters(c))) },
  { method: 'GET', path: '/images/search', handler: (c) => search(c, backend) },
  { method: 'GET', path: '/images/:name{.+}/json', handler: (c) => inspect(c, backend) },
  { method: 'GET', path: '/images/:name{.+}/history', handler: (c) => history(c, backend) },
  { method: 'POST', path: '/images/:name{.+}/push', handler: (c) => push(c, backend) },
  { method: 'POST', path: '/images/:name{.+}/tag', handler: (c) => tag(c, backend) },
  { method: 'DELETE', path: '/images/', handler: (c) => remove(c, backend) },
  { method: 'DELETE', path: '/images/:name{.+}', handler: (c) => remove(c, backend) },
];

async function list(c: ApiContext, backend: ImageBackend): Promise<Response> {
  let filters: Filters = query.filters(c);
  const legacyFilter = query.text(c, 'filter');
  if (legacyFilter !== '' && !apiAtLeast(c, '1.41')) {
    filters = { ...filters, reference: [...(filters.reference ?? []), legacyFilter] };
  }
  const images = await backend.list({
    all: query.boolean(c, 'all'),
    filters,
    sharedSize: apiAtLeast(c, '1.42') && query.boolean(c, 'shared-size'),
  });
  return json(
    c,
    images.map((image) => imageSummaryFor(c, image)),
  );
}

async function inspect(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const wanted = apiAtLeast(c, '1.49') ? platform(c, 'platform') : undefined;
  if (wanted && query.boolean(c, 'manifests')) {
    const message = 'conflicting options: manifests and platform options cannot both be set';
    throw new DockerError('invalid-parameter', message);
  }
  return json(c, imageInspectFor(c, await backend.inspect(name(c), wanted)));
}

async function history(c: ApiContext, backend: ImageBackend): Promise<Response> {
  return json(c, await backend.history(name(c), apiAtLeast(c, '1.48') ? platform(c, 'platform') : undefined));
}

/** Pull. Import, the endpoint's other half, has `fromSrc` instead of `fromImage`. */
async function create(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const image = query.text(c, 'fromImage');
  if (image === '') return importImage(c, backend);
  const options = {
    // `docker pull -a` may end the name with a colon.
    image: image.replace(/:$/, ''),
    tag: query.text(c, 'tag'),
    platform: query.optionalText(c, 'platform'),
    auth: decodeRegistryAuth(c.env.headers.get('x-registry-auth')),
  };
  return progressReply(c, (report) => backend.pull(options, report, c.env.signal));
}

async function push(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const auth = decodeRegistryAuth(c.env.headers.get('x-registry-auth'));
  const options = { image: name(c), tag: query.text(c, 'tag'), auth };
  return progressReply(c, (report) => backend.push(options, report, c.env.signal));
}

async function search(c: ApiContext, backend: ImageBackend): Promise<Response> {
  const limit = query.text(c, 'limit');
  if (!/^[+-]?\d*$/.test(limit)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(limit)}: invalid syntax`;
    throw new DockerError('invalid-parameter', `invalid limit specified: ${reason}`);
  }
  const auth = decodeRegistryAuth(c.env.headers.get('x-registry-auth'));
  const options = { term: query.text(c, 'term'), limit: Number(limit), filters: query.filters(c), auth };
  return json(c, await backend.search(options, c.env.signal));
}

async function tag(c: ApiContext, backend: ImageBackend): Promise<Response> {
  // moby takes no repository for no request.
  if (query.text(c, 'repo') === '') return c.body(null, 200);
  await backend.tag(name(c), { repository: query.text(c, 'repo'), tag: query.text(c, 'tag') });
  return c.body(null, 201);
}

async function remove(c: ApiContext, backend: ImageBackend): Promise<Response> {
  if (name(c).trim() === '') throw new DockerError('invalid-parameter', 'image name cannot be blank');
  const [only, ...others] = apiAtLeast(c, '1.50') ? platforms(c, 'platforms') : [];
  if (others.length > 0) throw new DockerError('invalid-parameter', 'multiple platforms are not supported');
  const options = {
    force: query.boolean(c, 'force'),
    pruneChildren: !query.boolean(c, 'noprune'),
    platform: only,
  };
  return json(c, await backend.delete(name(c), options));
}
