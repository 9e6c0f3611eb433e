/** `/etc/docker/daemon.json`, checked as dockerd checks it (moby's daemon/config). */
import { ProgramBuilder } from '../guest/program-builder.ts';
import type { Channel } from '../guest/channel.ts';
import { decodeUtf8 } from '../lib/bytes.ts';
import { goUnmarshalError } from '../lib/go-json-error.ts';
import { dockerdOptions } from './dockerd-options.ts';
import type { RegistryOptions } from './registry/registry-config.ts';

const daemonConfigFile = '/etc/docker/daemon.json';
const maxFileSize = 64 << 10;

/** The options that mean something here, and where they go. */
const options = { 'registry-mirrors': 'mirrors', 'insecure-registries': 'insecureRegistries' } as const;

/** dockerd reads the options inside these as if they stood outside. */
const flatOptions: readonly string[] = [
  ...['cluster-store-opts', 'default-network-opts', 'log-opts', 'runtimes', 'default-ulimits', 'features', 'builder'],
];

/** Reads the file in the guest; without one all is as by default. Rejects with an Error in dockerd's words. */
export async function readDaemonConfig(channel: Channel): Promise<RegistryOptions> {
  const p = new ProgramBuilder(`read ${daemonConfigFile}`);
  const file = p.try.readFile(daemonConfigFile, maxFileSize);
  const result = await channel.run(p.build());
  return parseDaemonConfig(result.value(file) < 0 ? '' : decodeUtf8(result.output(file)));
}

/** Throws an Error in dockerd's words. */
export function parseDaemonConfig(text: string): RegistryOptions {
  try {
    return readOptions(text);
  } catch (error) {
    throw new Error(
      `unable to configure the Docker daemon with file ${daemonConfigFile}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function readOptions(text: string): RegistryOptions {
  const found = { mirrors: [] as string[], insecureRegistries: [] as string[] };
  const json = text.replace(/^\u{feff}/u, '');
  if (json.trim() === '') return found;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Error(goUnmarshalError(json));
  }
  if (value === null) return found;
  if (goKind(value) !== 'object') {
    throw new Error(`json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`);
  }
  const set = flattened(value as Record<string, unknown>);
  const unknown = Object.keys(set).filter((key) => !dockerdOptions.has(key));
  if (unknown.length > 0) {
    throw new Error(`the following directives don't match any configuration option: ${unknown.join(', ')}`);
  }
  const absent = Object.keys(set).filter((key) => !(key in options));
  if (absent.length > 0) {
    const here = Object.keys(options).join(', ');
    throw new Error(`Drydock's engine has no ${absent.join(', ')}; what it can be told here: ${here}`);
  }
  for (const [key, name] of Object.entries(options)) found[name] = textList(key, set[key] ?? []);
  return found;
}

function flattened(config: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(config).flatMap(([key, value]) =>
    goKind(value) === 'object' && !flatOptions.includes(key) ? Object.entries(value as object) : [[key, value]],
  ) as [string, unknown][];
  return Object.fromEntries(entries);
}

function textList(key: string, value: unknown): string[] {
  const wrong = (found: unknown, type: string) =>
    new Error(
      `json: cannot unmarshal ${goKind(found)} into Go struct field Config.CommonConfig.ServiceOptions.${key} of type ${type}`,
    );
  if (!Array.isArray(value)) throw wrong(value, '[]string');
  return value.map((item: unknown) => {
    if (item !== null && typeof item !== 'string') throw wrong(item, 'string');
    return item ?? '';
  });
}

/** How encoding/json calls a value. */
function goKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}
