// `docker top`: the host's own ps, as dockerd does it, cut down to the container's processes.

import type { ContainerTopResponse } from '../../api/container.ts';
import { DockerError } from '../../api/error.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { requireNotRestarting, type Container } from './container.ts';

/** Clock ticks a second in /proc/PID/stat. */
const ticksPerSecond = 100;

const titles = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'];

/** The processes of a container as `ps -ef` shows them. Other ps options are refused: the guest's BusyBox has none. */
export async function topContainer(
  context: EngineContext,
  container: Container,
  psArguments: string,
): Promise<ContainerTopResponse> {
  if (!container.running) throw new DockerError('conflict', `container ${container.id} is not running`);
  requireNotRestarting(container);
  if (!['', '-ef', 'ef'].includes(psArguments.trim())) {
    throw new DockerError(
      'not-implemented',
      `top: ps options "${psArguments}" are not implemented in Drydock yet; only -ef is`,
    );
  }
  const { channel } = context.machine;
  const list = new ProgramBuilder(`list processes of container ${container.shortId}`);
  const pidsFile = list.readFile(`${cgroupRoot}${container.cgroup}/cgroup.procs`, 65536);
  const uptimeFile = list.readFile('/proc/uptime', 64);
  const listed = await channel.run(list.build());
  const pids = decodeUtf8(listed.of(pidsFile).output).split('\n').filter(Boolean).slice(0, 200);
  const uptime = Number(decodeUtf8(listed.of(uptimeFile).output).split(' ')[0]);

  const p = new ProgramBuilder(`read processes of container ${container.shortId}`);
  const passwd = p.try.readFile('/etc/passwd', 65536);
  const files = pids.map((pid) => ({
    stat: p.try.readFile(`/proc/${pid}/stat`, 512),
    status: p.try.readFile(`/proc/${pid}/status`, 2048),
    cmdline: p.try.readFile(`/proc/${pid}/cmdline`, 2048),
  }));
  const result = await channel.run(p.build());
  const text = (ref: (typeof files)[number]['stat']): string => decodeUtf8(result.of(ref).output);
  const names = new Map(
    text(passwd)
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid = '']) => [uid, name]),
  );

  const rows = pids.map((pid, index) => {
    const { stat, status, cmdline } = files[index]!;
    const afterName = text(stat)
      .slice(text(stat).lastIndexOf(')') + 2)
      .split(' ');
    if (afterName.length < 20) return undefined;
    const uid = /^Uid:\s+(\d+)/m.exec(text(status))?.[1] ?? '';
    const ticks = Number(afterName[11]) + Number(afterName[12]);
    const age = Math.max(0, uptime - Number(afterName[19]) / ticksPerSecond);
    const started = new Date(Date.now() - age * 1000);
    const command = text(cmdline).replaceAll('\0', ' ').trim() || `[${/\((.*)\)/s.exec(text(stat))?.[1] ?? ''}]`;
    return [
      names.get(uid) ?? uid,
      pid,
      afterName[1]!,
      String(age > 0 ? Math.floor((ticks / ticksPerSecond / age) * 100) : 0),
      started.toISOString().slice(11, 16),
      terminalName(Number(afterName[4])),
      new Date((ticks / ticksPerSecond) * 1000).toISOString().slice(11, 19),
      command,
    ];
  });
  return { Titles: titles, Processes: rows.filter((row) => row !== undefined) };
}

/** `pts/0` for device 136:0; `?` for none. */
const terminalName = (device: number): string => (device >> 8 === 136 ? `pts/${device & 0xff}` : '?');
