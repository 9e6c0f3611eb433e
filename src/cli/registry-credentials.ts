/** The credentials `docker login` keeps: `auths` of the client's configuration file, as Docker keeps them. */
import type { RegistryAuth } from '../api/registry-auth.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import type { DockerCli } from './docker-cli.ts';
import type { CliIo } from './io.ts';
import { configPath, readConfigFile, writeConfigFile } from './settings.ts';

/** How Docker Hub is called in the file. */
export const dockerHub = 'https://index.docker.io/v1/';

/** The key of a registry's credentials: its host, or Docker Hub's address of old. */
export const credentialKey = (domain: string): string => (domain === 'docker.io' ? dockerHub : domain);

export class RegistryCredentials {
  readonly #io: CliIo;
  readonly #folder: string;
  readonly path: string;

  constructor({ io, folder }: Pick<DockerCli, 'io' | 'folder'>) {
    this.#io = io;
    this.#folder = folder;
    this.path = configPath(folder);
  }

  async get(key: string): Promise<RegistryAuth | undefined> {
    const auth = (await readConfigFile(this.#io, this.#folder)).auths?.[key]?.auth;
    if (!auth) return undefined;
    const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(decodeBase64(auth)) ?? [];
    return { username, password, serveraddress: key };
  }

  async set(key: string, username: string, password: string): Promise<void> {
    const config = await readConfigFile(this.#io, this.#folder);
    await writeConfigFile(this.#io, this.#folder, {
      ...config,
      auths: { ...config.auths, [key]: { auth: encodeBase64(`${username}:${password}`) } },
    });
  }

  async erase(key: string): Promise<void> {
    const config = await readConfigFile(this.#io, this.#folder);
    if (!config.auths?.[key]) return;
    const { [key]: _erased, ...auths } = config.auths;
    await writeConfigFile(this.#io, this.#folder, { ...config, auths });
  }
}

const encodeBase64 = (text: string): string => btoa(String.fromCharCode(...encodeUtf8(text)));
const decodeBase64 = (text: string): string => {
  try {
    return decodeUtf8(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return '';
  }
};
