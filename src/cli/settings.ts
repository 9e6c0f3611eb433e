/** `config.json` of the client's folder: what the user has set, as Docker's reference of `docker` names it, and logins. */
import * as z from 'zod';
import { decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import type { CliIo } from './io.ts';

const proxy = z.looseObject({
  httpProxy: z.string().optional(),
  httpsProxy: z.string().optional(),
  noProxy: z.string().optional(),
  ftpProxy: z.string().optional(),
  allProxy: z.string().optional(),
});

const schema = z.looseObject({
  HttpHeaders: z.record(z.string(), z.string()).optional(),
  psFormat: z.string().optional(),
  imagesFormat: z.string().optional(),
  networksFormat: z.string().optional(),
  volumesFormat: z.string().optional(),
  statsFormat: z.string().optional(),
  detachKeys: z.string().optional(),
  currentContext: z.string().optional(),
  proxies: z.record(z.string(), proxy).optional(),
  auths: z.record(z.string(), z.looseObject({ auth: z.string().optional() })).optional(),
});

export type Settings = z.infer<typeof schema>;

/** The client's folder: `--config`, DOCKER_CONFIG or `~/.docker`. */
export const configFolder = (io: CliIo, asked: string): string =>
  asked || io.env['DOCKER_CONFIG'] || `${io.env['HOME'] ?? '/root'}/.docker`;

export const configPath = (folder: string): string => `${folder}/config.json`;

class ConfigFileError extends Error {}

/** All that the file says, which is nothing when there is none. Throws an Error for one that says what it must not. */
export async function readConfigFile(io: CliIo, folder: string): Promise<Settings> {
  const path = configPath(folder);
  let bytes: Uint8Array;
  try {
    bytes = await io.files.read(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return schema.parse(JSON.parse(decodeUtf8(bytes)));
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? error.issues.map(({ path: at, message }) => [...at, message].join(': ')).join('; ')
        : (error as Error).message;
    throw new ConfigFileError(`Error parsing config file (${path}): ${reason}`);
  }
}

/** Replaces the file. In the guest it is in memory, and gone when the page is. */
export async function writeConfigFile(io: CliIo, folder: string, settings: Settings): Promise<void> {
  await io.files.makeDirectory(folder);
  const text = encodeUtf8(JSON.stringify(settings, undefined, '\t'));
  await io.files.writeStream(configPath(folder), new Blob([text as Uint8Array<ArrayBuffer>]).stream());
}

/** The same for commands that do without: a file that cannot be read says nothing, and one with mistakes why. */
export async function readSettings(io: CliIo, folder: string): Promise<{ settings: Settings; warning?: string }> {
  try {
    return { settings: await readConfigFile(io, folder) };
  } catch (error) {
    return { settings: {}, ...(error instanceof ConfigFileError && { warning: `WARNING: ${error.message}\n` }) };
  }
}

/** Variables a container gets for the proxies set, but for those that `env` sets itself. */
export function proxyVariables({ proxies = {} }: Settings, host: string, env: readonly string[]): string[] {
  const set = proxies[host] ?? proxies['default'] ?? {};
  const taken = new Set(env.map((variable) => variable.split('=')[0]!.toUpperCase()));
  const names = [
    ['HTTP_PROXY', set.httpProxy],
    ['HTTPS_PROXY', set.httpsProxy],
    ['NO_PROXY', set.noProxy],
    ['FTP_PROXY', set.ftpProxy],
    ['ALL_PROXY', set.allProxy],
  ] as const;
  return names.flatMap(([name, value]) =>
    value && !taken.has(name) ? [`${name}=${value}`, `${name.toLowerCase()}=${value}`] : [],
  );
}
