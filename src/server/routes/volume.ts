import { DockerError } from '../../api/error.ts';
import type { VolumeBackend } from '../../api/backend/volume.ts';
import { apiAtLeast, type ApiContext, param, type Route } from '../context.ts';
import { readJson } from '../json-body.ts';
import * as query from '../query.ts';
import { json } from '../replies.ts';
import { volumeCreateRequest } from '../schemas/volume.ts';

/** `/volumes`. */
export const volumeRoutes = (backend: VolumeBackend): Route[] => [
  { method: 'GET', path: '/volumes', handler: async (c) => json(c, await list(c, backend)) },
  { method: 'GET', path: '/volumes/:name{.+}', handler: async (c) => json(c, await backend.inspect(param(c, 'name'))) },
  { method: 'POST', path: '/volumes/create', handler: (c) => create(c, backend) },
  { method: 'POST', path: '/volumes/prune', handler: async (c) => json(c, await prune(c, backend)) },
  {
    method: 'PUT',
    path: '/volumes/:name{.+}',
    // Only volumes of a Swarm cluster can be changed.
    handler: () => {
      throw new DockerError('unavailable', 'volume update only valid for cluster volumes, but swarm is unavailable');
    },
  },
  {
    method: 'DELETE',
    path: '/volumes/:name{.+}',
    handler: async (c) => {
      await backend.remove(param(c, 'name'), { force: query.boolean(c, 'force') });
      return c.body(null, 204);
    },
  },
];

async function list(c: ApiContext, backend: VolumeBackend) {
  return { Volumes: await backend.list(query.filters(c)), Warnings: null };
}

async function create(c: ApiContext, backend: VolumeBackend): Promise<Response> {
  const request = await readJson(c, volumeCreateRequest, { required: true });
  return json(c, await backend.create(request ?? volumeCreateRequest.parse({})), 201);
}

/** Before API 1.42 a prune took named volumes too. */
async function prune(c: ApiContext, backend: VolumeBackend) {
  const filters = query.filters(c);
  return backend.prune(apiAtLeast(c, '1.42') ? filters : { ...filters, all: ['true'] });
}
