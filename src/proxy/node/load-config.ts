import { readFile } from 'node:fs/promises';
import { type ProxyConfig, parseConfig } from '../config.ts';

type Settings = Record<string, unknown>;

/** Environment variables and the settings they override. */
const variables: Readonly<Record<string, { path: readonly [string, string?]; read: (text: string) => unknown }>> = {
  DRYDOCK_PROXY_HOST: { path: ['host'], read: String },
  DRYDOCK_PROXY_PORT: { path: ['port'], read: Number },
  DRYDOCK_PROXY_ORIGINS: { path: ['origins'], read: (text) => (text === '*' ? text : text.split(',')) },
  DRYDOCK_PROXY_CACHE_FOLDER: { path: ['cache', 'folder'], read: String },
  DRYDOCK_PROXY_CACHE_MAX_BYTES: { path: ['cache', 'maxBytes'], read: Number },
  DRYDOCK_PROXY_CA_FILE: { path: ['caFile'], read: String },
  DRYDOCK_PROXY_FORWARDED_BY: { path: ['forwardedBy'], read: Number },
};

/**
 * The configuration of a JSON file (or none) with what the environment sets instead. Throws an Error naming the file
 * or setting that is wrong; an unknown `DRYDOCK_PROXY_` variable is one.
 */
export async function loadConfig(file: string | undefined, environment: NodeJS.ProcessEnv): Promise<ProxyConfig> {
  const settings = file === undefined ? {} : await readSettings(file);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('DRYDOCK_PROXY_') || name === 'DRYDOCK_PROXY_CONFIG' || value === undefined) continue;
    const variable = variables[name];
    if (!variable) throw new Error(`${name} is no setting; there are: ${Object.keys(variables).join(', ')}`);
    const [first, second] = variable.path;
    if (second === undefined) settings[first] = variable.read(value);
    else settings[first] = { ...(settings[first] as Settings | undefined), [second]: variable.read(value) };
  }
  return parseConfig(settings);
}

async function readSettings(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8');
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`);
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new Error(`${file} must hold one object`);
  }
  return settings as Settings;
}
