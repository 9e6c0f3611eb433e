import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type { Container } from './container.ts';

/** Whether `docker container prune` takes a container: it does not run, and the filters let it. */
export function isPrunable(filters: Filters): (container: Container) => boolean {
  const unknown = Object.keys(filters).find((name) => !['label', 'label!', 'until'].includes(name));
  if (unknown) throw new DockerError('invalid-parameter', `invalid filter '${unknown}'`);
  const until = filters.until === undefined ? undefined : instant(filters.until);
  return (container) => {
    const labels = container.config.Labels ?? {};
    return (
      !container.running &&
      (until === undefined || Number(container.created / 1_000_000n) <= until) &&
      (filters.label ?? []).every((wanted) => hasLabel(labels, wanted)) &&
      !(filters['label!'] ?? []).some((unwanted) => hasLabel(labels, unwanted))
    );
  };
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const separator = wanted.indexOf('=');
  return separator < 0 ? wanted in labels : labels[wanted.slice(0, separator)] === wanted.slice(separator + 1);
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds since 1970 of a duration before now (`1h30m`), a date or time of RFC 3339, or a Unix timestamp. */
function instant(values: readonly string[]): number {
  if (values.length !== 1) throw new DockerError('invalid-parameter', 'more than one until filter specified');
  const text = values[0]!;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(text)) {
    const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s)/g)];
    return Date.now() - parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
  }
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text)
    ? Date.parse(/T.*(Z|[+-]\d\d:\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`)
    : NaN;
  if (Number.isNaN(time)) {
    throw new DockerError('invalid-parameter', `failed to parse value as time or duration: ${JSON.stringify(text)}`);
  }
  return time;
}
