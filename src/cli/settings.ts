/** What the user has set in `config.json` of the client's folder, as Docker's reference of `docker` names it. */
import * as z from 'zod';
import { decodeUtf8 } from '../lib/bytes.ts';
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
});

export type Settings = z.infer<typeof schema>;

/** The client's folder: `--config`, DOCKER_CONFIG or `~/.docker`. */
export const configFolder = (io: CliIo, asked: string): string =>
  asked || io.env['DOCKER_CONFIG'] || `${io.env['HOME'] ?? '/root'}/.docker`;

/** No file says nothing; one that cannot be read says nothing either, and why. */
export async function readSettings(io: CliIo, folder: string): Promise<{ settings: Settings; warning?: string }> {
  const path = `${folder}/config.json`;
  let text: string;
  try {
    text = decodeUtf8(await io.files.read(path));
  } catch {
    return { settings: {} };
  }
  try {
    return { settings: schema.parse(JSON.parse(text)) };
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? error.issues.map(({ path: at, message }) => [...at, message].join(': ')).join('; ')
        : (error as Error).message;
    return { settings: {}, warning: `WARNING: Error parsing config file (${path}): ${reason}\n` };
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
