/** Which engine a command is to talk to. This CLI reaches one; it says so when another is asked for. */
import { contextName, contextNotFound, defaultHost } from './commands/context/default-context.ts';
import { goQuote } from '../lib/go-template/go-quote.ts';
import type { CliIo } from './io.ts';
import type { Settings } from './settings.ts';

export interface Asked {
  /** `-H`, as often as it was given. */
  readonly hosts: readonly string[];
  /** `--context`. */
  readonly context: string;
}

/** The context in use; one that DOCKER_HOST or `-H` overrides is the default one. */
export function currentContext({ hosts, context }: Asked, env: CliIo['env'], settings: Settings): string {
  if (context !== '') return context;
  if (hosts.length > 0 || env['DOCKER_HOST']) return contextName;
  return env['DOCKER_CONTEXT'] || settings.currentContext || contextName;
}

/** Throws when it is not the engine this CLI reaches. */
export async function checkEndpoint(io: CliIo, asked: Asked, settings: Settings, folder: string): Promise<void> {
  const unresolved = (reason: string): Error =>
    new Error(`Failed to initialize: unable to resolve docker endpoint: ${reason}`);
  const context = currentContext(asked, io.env, settings);
  if (context !== contextName) throw unresolved((await contextNotFound(folder, context)).message);
  if (asked.context !== '') return;
  if (asked.hosts.length > 1) throw unresolved('Specify only one -H');
  const host = (asked.hosts[0] ?? io.env['DOCKER_HOST'] ?? '').trim();
  if (host === '' || host === 'unix://' || host === (io.host ?? defaultHost)) return;
  if (host.includes('://') && !/^(tcp|unix|npipe|fd|ssh|http|https):\/\//.test(host))
    throw unresolved(`invalid bind address format: ${host}`);
  throw new Error(`docker: host ${goQuote(host)}: the only engine this CLI can reach is ${io.host ?? defaultHost}`);
}
