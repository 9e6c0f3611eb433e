// `docker top`: the host's own ps, as dockerd does it, cut down to the container's processes. The guest's BusyBox has no
// such ps, so that /proc is read for it.

import type { ContainerTopResponse } from '../../api/container.ts';
import { DockerError } from '../../api/error.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { containerEvent } from './container-events.ts';
import { requireNotRestarting, type Container } from './container.ts';
import type { ProcessFacts, PsHost } from './ps-columns.ts';
import { parsePsOptions } from './ps-options.ts';

/** The processes of a container as `ps` with these options (`-ef` if none) shows them. */
export async function topContainer(
  context: EngineContext,
  container: Container,
  psArguments: string,
): Promise<ContainerTopResponse> {
  const notRunning = (): DockerError => new DockerError('conflict', `container ${container.id} is not running`);
  if (!container.running) throw notRunning();
  requireNotRestarting(container);
  const columns = parsePsOptions(psArguments);
  const titles = columns.flatMap(({ heading }) => heading.split(/\s+/).filter(Boolean));
  if (!titles.includes('PID')) throw new DockerError('system', "Couldn't find PID field in ps output");
  const { processes, host } = await readProcesses(context, container).catch((error: unknown) => {
    // Its control group went with the end of the run.
    throw error instanceof GuestError && error.code === 'ENOENT' ? notRunning() : error;
  });
  // dockerd splits what ps prints at its blanks, and gives what is left to the last column.
  const rows = processes.map((process) => {
    const words = columns
      .map(({ value }) => value(process, host))
      .join(' ')
      .split(/\s+/);
    return [...words.slice(0, titles.length - 1), words.slice(titles.length - 1).join(' ')];
  });
  containerEvent(context, container, 'top');
  return { Titles: titles, Processes: rows };
}

async function readProcesses(
  context: EngineContext,
  container: Container,
): Promise<{ processes: ProcessFacts[]; host: PsHost }> {
  const { channel } = context.machine;
  const list = new ProgramBuilder(`list processes of container ${container.shortId}`);
  const pidsFile = list.readFile(`${cgroupRoot}${container.cgroup}/cgroup.procs`, 65536);
  const uptimeFile = list.readFile('/proc/uptime', 64);
  const listed = await channel.run(list.build());
  const pids = decodeUtf8(listed.of(pidsFile).output).split('\n').filter(Boolean).slice(0, 200);

  const p = new ProgramBuilder(`read processes of container ${container.shortId}`);
  const passwd = p.try.readFile('/etc/passwd', 65536);
  const group = p.try.readFile('/etc/group', 65536);
  const files = pids.map((pid) => ({
    stat: p.try.readFile(`/proc/${pid}/stat`, 512),
    status: p.try.readFile(`/proc/${pid}/status`, 2048),
    cmdline: p.try.readFile(`/proc/${pid}/cmdline`, 2048),
  }));
  const result = await channel.run(p.build());
  const text = (ref: (typeof files)[number]['stat']): string => decodeUtf8(result.of(ref).output);

  const processes = pids.flatMap((pid, index): ProcessFacts[] => {
    const { stat, status, cmdline } = files[index]!;
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(text(stat)) ?? [];
    const fields = rest.trim().split(' ');
    // It ended meanwhile.
    if (fields.length < 22) return [];
    const ids = (kind: string): string[] =>
      (new RegExp(`^${kind}:\\s+(.*)`, 'm').exec(text(status))?.[1] ?? '').split(/\s+/);
    const commandLine = text(cmdline).replaceAll('\0', ' ').trim() || `[${name}]`;
    return [{ pid, stat: fields, name, commandLine, uids: ids('Uid'), gids: ids('Gid') }];
  });
  const host = {
    now: Date.now() / 1000,
    uptime: Number(decodeUtf8(listed.of(uptimeFile).output).split(' ')[0]),
    memory: context.host.memory,
    users: namesById(text(passwd)),
    groups: namesById(text(group)),
  };
  return { processes, host };
}

/** Of passwd or group. */
const namesById = (file: string): Map<string, string> =>
  new Map(
    file
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , id = '']) => [id, name]),
  );
