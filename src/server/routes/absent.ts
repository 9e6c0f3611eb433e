/**
 * Kinds of objects this engine never has any of: plugins, records of a build cache, and all of Swarm's, as this
 * node is no manager. Asking for one gets what a Docker Engine without any answers, which clients rely on: `docker
 * inspect NAME` asks for each kind in turn until one is found.
 */
import { DockerError } from '../../api/error.ts';
import { param, type ApiContext, type Route } from '../context.ts';
import * as query from '../query.ts';
import { json } from '../replies.ts';

const swarmPaths = ['/configs', '/nodes', '/secrets', '/services', '/tasks'];

const notManager = (): never => {
  throw new DockerError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
};

function checkFilters(c: ApiContext, known: readonly string[], prefix = ''): void {
  const unknown = Object.keys(query.filters(c)).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new DockerError('invalid-parameter', `${prefix}invalid filter '${unknown}'`);
}

const cacheFilters = [
  ...['unused-for', 'until', 'label', 'label!'],
  ...['id', 'parent', 'type', 'description', 'inuse', 'shared', 'private'],
];

function pruneBuildCache(c: ApiContext): Response {
  const size = query.text(c, 'keep-storage');
  if (size !== '' && !/^[+-]?\d+$/.test(size)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(size)}: invalid syntax`;
    const message = `keep-storage is in bytes and expects an integer, got ${size}: ${reason}`;
    throw new DockerError('invalid-parameter', message);
  }
  checkFilters(c, cacheFilters, 'failed to prune build cache: ');
  return json(c, { CachesDeleted: null, SpaceReclaimed: 0 });
}

export const absentRoutes: readonly Route[] = [
  { method: 'POST', path: '/build/prune', handler: pruneBuildCache },
  { method: 'GET', path: '/plugins', handler: (c) => json(c, []) },
  {
    method: 'GET',
    path: '/plugins/:name{.+}/json',
    handler: (c) => {
      throw new DockerError('not-found', `plugin ${JSON.stringify(param(c, 'name'))} not found`);
    },
  },
  { method: 'GET', path: '/swarm', handler: notManager },
  ...swarmPaths.flatMap((path): Route[] => [
    { method: 'GET', path, handler: notManager },
    { method: 'GET', path: `${path}/:id`, handler: notManager },
  ]),
];
