/**
 * Endpoints of the Engine API that Drydock does not have yet. They say so by name: a 404 would tell a client that the
 * object, not the feature, is missing.
 */
import { DockerError } from '../../api/error.ts';
import type { Route } from '../context.ts';

type Row = readonly [method: Route['method'], path: string, operation: string];

const rows: readonly Row[] = [
  ['POST', '/build', 'image build'],
  ['POST', '/configs/create', 'config create'],
  ['DELETE', '/configs/:id', 'config delete'],
  ['POST', '/configs/:id/update', 'config update'],
  ['POST', '/networks/create', 'network create'],
  ['DELETE', '/networks/:id', 'network delete'],
  ['POST', '/networks/:id/connect', 'network connect'],
  ['POST', '/networks/:id/disconnect', 'network disconnect'],
  ['DELETE', '/nodes/:id', 'node delete'],
  ['POST', '/nodes/:id/update', 'node update'],
  ['POST', '/plugins/create', 'plugin create'],
  ['GET', '/plugins/privileges', 'plugin privileges'],
  ['POST', '/plugins/pull', 'plugin install'],
  ['DELETE', '/plugins/:name{.+}', 'plugin delete'],
  ['POST', '/plugins/:name{.+}/disable', 'plugin disable'],
  ['POST', '/plugins/:name{.+}/enable', 'plugin enable'],
  ['POST', '/plugins/:name{.+}/push', 'plugin push'],
  ['POST', '/plugins/:name{.+}/set', 'plugin set'],
  ['POST', '/plugins/:name{.+}/upgrade', 'plugin upgrade'],
  ['POST', '/secrets/create', 'secret create'],
  ['DELETE', '/secrets/:id', 'secret delete'],
  ['POST', '/secrets/:id/update', 'secret update'],
  ['POST', '/services/create', 'service create'],
  ['DELETE', '/services/:id', 'service delete'],
  ['GET', '/services/:id/logs', 'service logs'],
  ['POST', '/services/:id/update', 'service update'],
  ['POST', '/session', 'BuildKit session'],
  ['POST', '/swarm/init', 'swarm init'],
  ['POST', '/swarm/join', 'swarm join'],
  ['POST', '/swarm/leave', 'swarm leave'],
  ['POST', '/swarm/unlock', 'swarm unlock'],
  ['GET', '/swarm/unlockkey', 'swarm unlock key'],
  ['POST', '/swarm/update', 'swarm update'],
  ['GET', '/tasks/:id/logs', 'task logs'],
];

export const unimplementedRoutes: readonly Route[] = rows.map(([method, path, operation]) => ({
  method,
  path,
  handler: () => {
    throw new DockerError('not-implemented', `${operation} is not implemented in Drydock yet`);
  },
}));
