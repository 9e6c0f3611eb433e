// `--log-driver` and `--log-opt`: what the daemon refuses when a container is created, and what only when it starts, in
// its words.

import { DockerError } from '../../api/error.ts';
import type { ContainerConfig, HostConfig } from '../../api/container-config.ts';
import { logAttributes, type LogSubject } from './log-attributes.ts';

type LogConfig = HostConfig['LogConfig'];
type Options = Readonly<Record<string, string>>;

export interface LogSettings {
  readonly driver: 'json-file' | 'local';
  readonly path: string;
  readonly maxSize: number;
  readonly maxFiles: number;
  readonly compress: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of `mode=non-blocking`: bytes of log that may wait to be written; more is lost. */
  readonly bufferSize?: number;
}

const attributeOptions = ['env', 'env-regex', 'labels', 'labels-regex', 'tag'];
const fileOptions = ['compress', 'max-file', 'max-size'];

/**
 * Bytes of log kept for one container when `max-size` says nothing, in two files. Docker has no such limit; here `yes` in
 * the background would fill the guest's memory.
 */
const defaultLimit = { maxSize: 8 * 1024 * 1024, maxFiles: 2 };

/** Bytes that may wait to be written with `mode=non-blocking`. */
const defaultBufferSize = 1024 * 1024;

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** The checks of a new container's log configuration. */
export function validateLogConfig({ Type: driver, Config: options }: LogConfig): void {
  if (driver === 'none') return;
  const { mode = '', 'max-buffer-size': bufferSize, ...rest } = options ?? {};
  if (!['', 'blocking', 'non-blocking'].includes(mode)) throw invalid(`logger: logging mode not supported: ${mode}`);
  if (bufferSize !== undefined) {
    if (mode !== 'non-blocking') {
      throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    }
    if (parseSize(bufferSize, 1024) === undefined) {
      throw invalid(`error parsing option max-buffer-size: invalid size: '${bufferSize}'`);
    }
  }
  if (['syslog', 'journald'].includes(driver)) return;
  if (driver !== 'json-file' && driver !== 'local') {
    throw invalid(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  }
  const known = driver === 'local' ? fileOptions : [...fileOptions, ...attributeOptions];
  for (const name of Object.keys(rest).sort()) {
    if (known.includes(name)) continue;
    throw invalid(`unknown log opt '${name}' for ${driver === 'local' ? 'log driver local' : 'json-file log driver'}`);
  }
}

/** What a container's log is to be; undefined with the driver `none`. Throws what Docker says at the start. */
export function logSettings(
  { Type: driver, Config: config }: LogConfig,
  subject: LogSubject & { readonly directory: string; readonly config: ContainerConfig },
): LogSettings | undefined {
  if (driver === 'none') return undefined;
  const options = config ?? {};
  const failure = (message: string): DockerError =>
    new DockerError('system', `failed to create task for container: failed to initialize logging driver: ${message}`);
  if (driver === 'syslog') throw failure('Unix syslog delivery error');
  if (driver === 'journald') throw failure('journald is not enabled on this host');
  try {
    const files = driver === 'local' ? localFiles(options) : jsonFiles(options);
    return {
      driver: driver === 'local' ? 'local' : 'json-file',
      path:
        driver === 'local'
          ? `${subject.directory}/local-logs/container.log`
          : `${subject.directory}/${subject.id}-json.log`,
      attributes: logAttributes(options, subject),
      ...files,
      ...(options['mode'] === 'non-blocking' && {
        bufferSize: parseSize(options['max-buffer-size'] ?? '', 1024) ?? defaultBufferSize,
      }),
    };
  } catch (error) {
    throw failure((error as Error).message);
  }
}

type Files = Pick<LogSettings, 'maxSize' | 'maxFiles' | 'compress'>;

function jsonFiles(options: Options): Files {
  const size = options['max-size'];
  const maxSize = size === undefined ? undefined : requireSize(size);
  if (maxSize === 0) throw new Error('max-size must be a positive number');
  const maxFiles = parseInteger(options['max-file'] ?? '1');
  if (maxFiles < 1) throw new Error('max-file cannot be less than 1');
  const compress = parseBoolean(options['compress'] ?? 'false');
  if (compress && (maxFiles < 2 || maxSize === undefined)) {
    throw new Error('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  return maxSize === undefined ? { ...defaultLimit, compress } : { maxSize, maxFiles, compress };
}

function localFiles(options: Options): Files {
  const about = <T>(name: string, text: string, parse: (text: string) => T): T => {
    try {
      return parse(text);
    } catch (error) {
      throw new Error(`invalid value for ${name}: ${text}: ${(error as Error).message}`, { cause: error });
    }
  };
  const maxSize = about('max-size', options['max-size'] ?? '20m', requireSize);
  const maxFiles = about('max-file', options['max-file'] ?? '5', parseInteger);
  let compress: boolean;
  try {
    compress = parseBoolean(options['compress'] ?? 'true');
  } catch (error) {
    throw new Error(`error reading compress log option: ${(error as Error).message}`, { cause: error });
  }
  if (maxFiles < 0) throw new Error('max-file must not be negative');
  if (compress && maxFiles <= 1) throw new Error('compression cannot be enabled when max file count is 1');
  return { maxSize, maxFiles: Math.max(1, maxFiles), compress };
}

/** go-units: digits with a unit, in powers of `base` (1000 for FromHumanSize, 1024 for RAMInBytes). */
function parseSize(text: string, base: 1000 | 1024): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (!match) return undefined;
  return Math.floor(Number(match[1]) * base ** (match[2] ? 'kmgtp'.indexOf(match[2].toLowerCase()) + 1 : 0));
}

function requireSize(text: string): number {
  const size = parseSize(text, 1000);
  if (size === undefined) throw new Error(`invalid size: '${text}'`);
  return size;
}

function parseInteger(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function parseBoolean(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}
