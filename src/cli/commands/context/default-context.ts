/** The one context there is: the engine this CLI talks to. */
import { digestOf } from '../../../lib/digest.ts';
import type { DockerCli } from '../../docker-cli.ts';

export const contextName = 'default';
export const contextDescription = 'Current DOCKER_HOST based configuration';

export const defaultHost = 'unix:///var/run/docker.sock';

export const contextEndpoint = (cli: DockerCli): string => cli.io.host ?? defaultHost;

/** What Docker says of a context it has no file for in the client's folder: they are stored by the hash of their name. */
export async function contextNotFound(folder: string, name: string): Promise<Error> {
  const hash = (await digestOf(name)).slice('sha256:'.length);
  const path = `${folder}/contexts/meta/${hash}/meta.json`;
  return new Error(`context "${name}": context not found: open ${path}: no such file or directory`);
}
