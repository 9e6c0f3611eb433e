/**
 * The credentials `docker login` keeps: `auths` of the client's configuration file, as Docker keeps them. In the guest
 * that file is in memory, and gone when the page is.
 */
import * as z from 'zod';
import type { RegistryAuth } from '../api/registry-auth.ts';
import { decodeUtf8, encodeUtf8 } from '../lib/bytes.ts';
import type { DockerCli } from './docker-cli.ts';
import type { CliIo } from './io.ts';

const configSchema = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().optional() })).optional(),
});

type ConfigFile = z.infer<typeof configSchema>;

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
    this.path = `${this.#folder}/config.json`;
  }

  async get(key: string): Promise<RegistryAuth | undefined> {
    const auth = (await this.#read()).auths?.[key]?.auth;
    if (!auth) return undefined;
    const [, username = '', password = ''] = /^([^:]*):(.*)$/s.exec(decodeBase64(auth)) ?? [];
    return { username, password, serveraddress: key };
  }

  async set(key: string, username: string, password: string): Promise<void> {
    const config = await this.#read();
    await this.#write({
      ...config,
      auths: { ...config.auths, [key]: { auth: encodeBase64(`${username}:${password}`) } },
    });
  }

  async erase(key: string): Promise<void> {
    const config = await this.#read();
    if (!config.auths?.[key]) return;
    const { [key]: _erased, ...auths } = config.auths;
    await this.#write({ ...config, auths });
  }

  async #read(): Promise<ConfigFile> {
    let bytes: Uint8Array;
    try {
      bytes = await this.#io.files.read(this.path);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return {};
      throw error;
    }
    try {
      return configSchema.parse(JSON.parse(decodeUtf8(bytes)));
    } catch (error) {
      const reason = error instanceof SyntaxError ? error.message : 'auths: not what docker login writes';
      throw new Error(`Error parsing config file (${this.path}): ${reason}`);
    }
  }

  async #write(config: ConfigFile): Promise<void> {
    await this.#io.files.makeDirectory(this.#folder);
    const text = encodeUtf8(JSON.stringify(config, undefined, '\t'));
    await this.#io.files.writeStream(this.path, new Blob([text as Uint8Array<ArrayBuffer>]).stream());
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
