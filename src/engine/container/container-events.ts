import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';

/** Publishes an event of a container with the attributes Docker gives all of them: image, name, labels. */
export function containerEvent(
  context: Pick<EngineContext, 'events'>,
  container: Container,
  action: string,
  attributes: Record<string, string> = {},
): void {
  context.events.publish('container', action, container.id, {
    ...container.config.Labels,
    ...attributes,
    image: container.config.Image,
    name: container.name,
  });
}
