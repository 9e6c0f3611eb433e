import { DockerError } from '../../api/error.ts';
import { defaultLogLimit } from './log.ts';

/** The options of Docker's json-file driver. Labels, variables and tags only add attributes to its files. */
const known = ['compress', 'env', 'env-regex', 'labels', 'labels-regex', 'max-file', 'max-size', 'tag'];

const decimalUnits: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** Bytes of log to keep under `--log-opt max-size` and `max-file`; never more than the default, which a tab can hold. */
export function logLimit(options: Readonly<Record<string, string>>): number {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new DockerError('invalid-parameter', `unknown log opt '${name}' for json-file log driver`);
  }
  const files = Number(options['max-file'] ?? 1);
  if (!(files >= 1))
    throw new DockerError('invalid-parameter', 'failed to initialize logging driver: max-file cannot be less than 1');
  const size = options['max-size'];
  if (size === undefined) return defaultLogLimit;
  // go-units' FromHumanSize: decimal, with or without a B.
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]?)b?$/i.exec(size);
  if (!match)
    throw new DockerError('invalid-parameter', `failed to initialize logging driver: invalid size: '${size}'`);
  return Math.min(defaultLogLimit, Number(match[1]) * decimalUnits[match[2]!.toLowerCase()]! * files);
}
