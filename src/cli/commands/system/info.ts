import type { Info, RegistryServiceConfig } from '../../../api/system.ts';
import { ConnectionError } from '../../../client/errors.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { GoStruct, nilSlice } from '../../../lib/go-template/go-value.ts';
import { Template } from '../../../lib/go-template/template.ts';
import { bytesSize } from '../../format/units.ts';
import { cliVersion } from '../../version.ts';
import { clientFields, printRendered } from './version.ts';

const flags = { format: text(inspectFormatUsage, { shorthand: 'f' }) };

export const info: CommandSpec<typeof flags> = {
  use: 'info [OPTIONS]',
  short: 'Display system-wide information',
  aliasLine: 'docker system info, docker info',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { format } }) {
    if (format === '') return printInfo(cli);
    const template = parse(format === 'json' ? '{{json .}}' : format);
    const client = { Debug: cli.debug, ...clientFields(), Context: 'default', Plugins: [], Warnings: null };
    const server = await cli.client.system.info();
    const data = {
      DefaultAddressPools: nilSlice,
      ...server,
      Warnings: server.Warnings ?? nilSlice,
      ...structsOf(server),
      ClientInfo: new GoStruct('*system.clientInfo', client),
    };
    await printRendered(cli, () => template.render(new GoStruct('system.dockerInfo', data)));
  },
};

/** What of the reply is a struct in Go; the rest are maps, which marshal sorted. */
function structsOf(server: Info): Record<string, GoStruct> {
  const names = [
    'Plugins',
    'Swarm',
    'ContainerdCommit',
    'RuncCommit',
    'InitCommit',
    'RegistryConfig',
    'FirewallBackend',
    'Containerd',
  ] as const;
  const present = names.filter((name) => server[name]);
  return Object.fromEntries(
    present.map((name) => [name, new GoStruct(name, { ...server[name] }, { json: () => server[name] })]),
  );
}

function parse(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw new ExitError(64, `template parsing error: ${messageOf(error)}`);
  }
}

async function printInfo(cli: DockerCli): Promise<void> {
  await cli.print(
    `Client: Drydock\n Version:    ${cliVersion}\n Context:    default\n Debug Mode: ${cli.debug}\n\nServer:\n`,
  );
  let server: Info;
  try {
    server = await cli.client.system.info();
  } catch (error) {
    if (error instanceof ConnectionError) throw error;
    await cli.printError(`ERROR: ${messageOf(error)}\n`);
    throw new Error('errors pretty printing info');
  }
  await cli.print(`${serverLines(server).join('\n')}\n\n`);
  const warnings = server.Warnings ?? [];
  if (warnings.length > 0) await cli.printError(`${warnings.join('\n')}\n`);
}

/** ` Label: value` lines, in the order of the real CLI. */
function serverLines(info: Info): string[] {
  const lines: string[] = [];
  const line = (label: string, value: unknown): unknown => lines.push(` ${label}: ${String(value)}`);
  const unlessEmpty = (label: string, value: string | undefined): unknown => value && line(label, value);
  const list = (label: string, values: readonly string[] | null | undefined, indent = '  '): unknown =>
    values && values.length > 0 && lines.push(` ${label}:`, ...values.map((value) => indent + value));

  line('Containers', info.Containers);
  line(' Running', info.ContainersRunning);
  line(' Paused', info.ContainersPaused);
  line(' Stopped', info.ContainersStopped);
  line('Images', info.Images);
  unlessEmpty('Server Version', info.ServerVersion);
  unlessEmpty('Storage Driver', info.Driver);
  for (const [name, value] of info.DriverStatus ?? []) line(` ${name}`, value);
  unlessEmpty('Logging Driver', info.LoggingDriver);
  unlessEmpty('Cgroup Driver', info.CgroupDriver);
  unlessEmpty('Cgroup Version', info.CgroupVersion);
  lines.push(' Plugins:');
  line(' Volume', (info.Plugins.Volume ?? []).join(' '));
  line(' Network', (info.Plugins.Network ?? []).join(' '));
  if ((info.Plugins.Authorization ?? []).length > 0) line(' Authorization', info.Plugins.Authorization!.join(' '));
  line(' Log', (info.Plugins.Log ?? []).join(' '));
  list('CDI spec directories', info.CDISpecDirs);
  line('Swarm', info.Swarm.LocalNodeState);
  if (!['inactive', 'locked'].includes(info.Swarm.LocalNodeState)) {
    line(' NodeID', info.Swarm.NodeID);
    if (info.Swarm.Error) line(' Error', info.Swarm.Error);
    line(' Is Manager', info.Swarm.ControlAvailable);
    line(' Node Address', info.Swarm.NodeAddr);
  }
  const runtimes = Object.keys(info.Runtimes ?? {});
  if (runtimes.length > 0) {
    line('Runtimes', runtimes.join(' '));
    line('Default Runtime', info.DefaultRuntime);
  }
  if (info.OSType === 'linux') {
    line('Init Binary', info.InitBinary);
    line('containerd version', info.ContainerdCommit.ID);
    line('runc version', info.RuncCommit.ID);
    line('init version', info.InitCommit.ID);
    list('Security Options', (info.SecurityOptions ?? []).flatMap(securityOption));
  }
  unlessEmpty('Kernel Version', info.KernelVersion);
  unlessEmpty('Operating System', info.OperatingSystem);
  unlessEmpty('OSType', info.OSType);
  unlessEmpty('Architecture', info.Architecture);
  line('CPUs', info.NCPU);
  line('Total Memory', bytesSize(info.MemTotal));
  unlessEmpty('Name', info.Name);
  unlessEmpty('ID', info.ID);
  line('Docker Root Dir', info.DockerRootDir);
  line('Debug Mode', info.Debug);
  if (info.Debug) {
    line(' File Descriptors', info.NFd);
    line(' Goroutines', info.NGoroutines);
    line(' System Time', info.SystemTime);
    line(' EventsListeners', info.NEventsListener);
  }
  unlessEmpty('HTTP Proxy', info.HttpProxy);
  unlessEmpty('HTTPS Proxy', info.HttpsProxy);
  unlessEmpty('No Proxy', info.NoProxy);
  list('Labels', info.Labels);
  line('Experimental', info.ExperimentalBuild);
  list('Insecure Registries', insecureRegistries(info.RegistryConfig));
  list('Registry Mirrors', info.RegistryConfig?.Mirrors);
  line('Live Restore Enabled', info.LiveRestoreEnabled);
  unlessEmpty('Product License', info.ProductLicense);
  list(
    'Default Address Pools',
    info.DefaultAddressPools?.map(({ Base, Size }) => `Base: ${Base}, Size: ${Size}`),
    '   ',
  );
  return lines;
}

/** `name=seccomp,profile=builtin` on two lines. */
function securityOption(option: string): string[] {
  if (!option.includes('=')) return [option];
  const pairs = option.split(',').map((pair) => pair.split('='));
  const name = pairs.find(([key]) => key === 'name')?.[1] ?? '';
  return [name, ...pairs.filter(([key]) => key === 'profile').map(([, value]) => ` Profile: ${value}`)];
}

function insecureRegistries(config: RegistryServiceConfig | null): string[] {
  if (config === null) return [];
  const named = Object.values(config.IndexConfigs ?? {})
    .filter(({ Secure }) => !Secure)
    .map(({ Name }) => Name);
  return [...named, ...(config.InsecureRegistryCIDRs ?? [])];
}
