import type { ContainersPruneResponse } from '../../api/container.ts';
import type { Filters } from '../../api/filters.ts';
import type { EngineContext } from '../context.ts';
import { checkFilterNames, isPrunedByLabels, untilFilter } from '../filters.ts';
import type { Container } from './container.ts';
import { removeContainer } from './remove.ts';
import { containerSizes } from './size.ts';

/** `docker container prune`: all that do not run, as far as the filters let it. */
export async function pruneContainers(context: EngineContext, filters: Filters): Promise<ContainersPruneResponse> {
  const prunable = context.containers.all().filter(isPrunable(filters));
  const sizes = await containerSizes(context.machine.channel, prunable);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const [at, container] of prunable.entries()) {
    try {
      await removeContainer(context, container, container.id, { force: false, volumes: false, link: false });
    } catch {
      // Somebody has started or removed it meanwhile.
      continue;
    }
    deleted.push(container.id);
    reclaimed += sizes[at]!.SizeRw;
  }
  context.events.publish('container', 'prune', '', { reclaimed: String(reclaimed) });
  return { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed };
}

/** Whether prune takes a container. */
export function isPrunable(filters: Filters): (container: Container) => boolean {
  checkFilterNames(filters, ['label', 'label!', 'until']);
  const until = untilFilter(filters);
  return ({ running, created, config }) =>
    !running && (until === undefined || created <= until) && isPrunedByLabels(filters, config.Labels);
}
