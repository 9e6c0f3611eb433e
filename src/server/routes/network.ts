import { param, type Route } from '../context.ts';
import * as query from '../query.ts';
import { json } from '../replies.ts';
import type { NetworkBackend } from '../../api/backend/network.ts';

/** `/networks`: reading and pruning; Docker takes both `/networks` and `/networks/`. */
export const networkRoutes = (backend: NetworkBackend): Route[] => [
  { method: 'GET', path: '/networks', handler: async (c) => json(c, await backend.list(query.filters(c))) },
  { method: 'GET', path: '/networks/', handler: async (c) => json(c, await backend.list(query.filters(c))) },
  { method: 'POST', path: '/networks/prune', handler: async (c) => json(c, await backend.prune(query.filters(c))) },
  { method: 'GET', path: '/networks/:id{.+}', handler: async (c) => json(c, await backend.inspect(param(c, 'id'))) },
];
