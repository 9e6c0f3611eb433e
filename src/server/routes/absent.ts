/**
 * Kinds of objects this engine never has any of: plugins, and all of Swarm's, as this node is no manager. Asking for one gets what a Docker Engine without any answers, which clients rely on: `docker
 * inspect NAME` asks for each kind in turn until one is found.
 */
import { DockerError } from '../../api/error.ts';
import { param, type Route } from '../context.ts';
import { json } from '../replies.ts';

const swarmPaths = ['/configs', '/nodes', '/secrets', '/services', '/tasks'];

const notManager = (): never => {
  throw new DockerError(
    'unavailable',
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
};

export const absentRoutes: readonly Route[] = [
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
