import type { ImageBackend } from '../../api/backend/image.ts';
import { param, type Route } from '../context.ts';
import { decodeRegistryAuth } from '../registry-auth.ts';
import { json } from '../replies.ts';

/** What registries have; names contain slashes. */
export const distributionRoutes = (backend: Pick<ImageBackend, 'distribution'>): Route[] => [
  {
    method: 'GET',
    path: '/distribution/:name{.+}/json',
    handler: async (c) => {
      const auth = decodeRegistryAuth(c.env.headers.get('x-registry-auth'));
      return json(c, await backend.distribution(param(c, 'name'), auth, c.env.signal));
    },
  },
];
