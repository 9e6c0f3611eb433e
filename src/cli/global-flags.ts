/** The options of `docker` itself. */
import type { DockerCli } from './docker-cli.ts';
import { contextName } from './commands/context/default-context.ts';
import { oneOf } from './completion/completer.ts';
import { logLevels } from './completion/lists.ts';
import { bool, list, text, type Flags, type FlagValues } from './flag/flag.ts';

/** `home` is the user's, for the defaults shown. */
export const globalFlags = (home: string) => {
  const directory = `${home}/.docker`;
  const file = (usage: string, name: string) => text(usage, { shownDefault: `"${directory}/${name}"` });
  return {
    config: text('Location of client config files', { shownDefault: `"${directory}"` }),
    context: text(
      'Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with "docker context use")',
      { shorthand: 'c', complete: oneOf([contextName]) },
    ),
    debug: bool('Enable debug mode', { shorthand: 'D' }),
    host: list('Daemon socket to connect to', { shorthand: 'H' }),
    'log-level': text('Set the logging level ("debug", "info", "warn", "error", "fatal")', {
      shorthand: 'l',
      initial: 'info',
      complete: logLevels,
    }),
    tls: bool('Use TLS; implied by --tlsverify'),
    tlscacert: file('Trust certs signed only by this CA', 'ca.pem'),
    tlscert: file('Path to TLS certificate file', 'cert.pem'),
    tlskey: file('Path to TLS key file', 'key.pem'),
    tlsverify: bool('Use TLS and verify the remote'),
    version: bool('Print version information and quit', { shorthand: 'v' }),
  };
};

const helpFlag = bool('Print usage', { shorthand: 'h', hidden: true, shorthandDeprecated: 'use --help' });

/** The flags of a command: each takes `--help`, and `-h` for it where that is no other flag's. */
export function withHelpFlag(flags: Flags): Flags {
  const isTaken = Object.values(flags).some(({ shorthand }) => shorthand === 'h');
  return { help: isTaken ? { ...helpFlag, shorthand: undefined } : helpFlag, ...flags };
}

type GlobalValues = FlagValues<ReturnType<typeof globalFlags>>;

/** Throws for a wrong use, and for what this CLI does not do: it talks to one engine, and needs no TLS for that. */
export function checkGlobalFlags(values: GlobalValues): void {
  const levels = ['panic', 'fatal', 'error', 'warn', 'warning', 'info', 'debug', 'trace'];
  if (!levels.includes(values['log-level'].toLowerCase()))
    throw new Error(`Unable to parse logging level: ${values['log-level']}`);
  if (values.host.length > 0 && values.context !== '')
    throw new Error('conflicting options: cannot specify both --host and --context');
  const refused = (['tls', 'tlscacert', 'tlscert', 'tlskey', 'tlsverify'] as const).find((name) => values[name]);
  if (refused !== undefined) throw new Error(`docker: --${refused} is not available in Drydock`);
}

export const helpColumns = (cli: Pick<DockerCli, 'io'>): number =>
  (cli.io.stdin.isTty && cli.io.terminalSize()?.columns) || 80;
