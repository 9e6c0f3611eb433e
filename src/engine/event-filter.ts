/** Which events `docker events --filter` lets through (moby's daemon/events/filter.go). Unknown filters do nothing. */
import type { Filters } from '../api/filters.ts';
import { familiarName, parseReference } from '../lib/reference.ts';
import type { EngineEvent } from './events.ts';
import { hasLabels } from './filters.ts';

/** Kinds of objects that a filter names by the beginning of their ID or name, whatever the event's own type. */
const namedKinds = ['daemon', 'container', 'plugin', 'volume', 'network', 'service', 'node', 'secret', 'config'];

/** Actions with details after a colon, which a filter without any means all of. */
const detailed = ['health_status', 'exec_create', 'exec_start'];

export function eventMatches({ type, action, id, attributes }: EngineEvent, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean): boolean =>
    !filters[name]?.length || filters[name].some(test);
  const image = (type === 'image' ? attributes.name : attributes.image) ?? '';
  const images = [id, image, repository(id), repository(image)];
  const byPrefix = filters.event?.some((value) => detailed.includes(value)) ?? false;
  return (
    any('type', (value) => type === value) &&
    any('event', (value) => (byPrefix ? action.startsWith(value) : action === value)) &&
    any('scope', (value) => value === 'local') &&
    any('image', (value) => images.includes(value)) &&
    namedKinds.every((kind) =>
      any(kind, (value) => id.startsWith(value) || (attributes.name ?? '').startsWith(value)),
    ) &&
    hasLabels(attributes, filters.label)
  );
}

/** A reference without its tag. */
function repository(text: string): string {
  try {
    return familiarName(parseReference(text));
  } catch {
    return text;
  }
}
