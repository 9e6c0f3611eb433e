import { minArgs, type CommandSpec } from '../../command.ts';
import { restartPolicies } from '../../completion/lists.ts';
import { allContainers } from '../../completion/names.ts';
import { int, text } from '../../flag/flag.ts';
import { throwJoined } from '../../exit-error.ts';
import { containerFlags } from './container-flags.ts';
import { parseRestartPolicy } from './create-request.ts';

const flags = {
  'blkio-weight': containerFlags['blkio-weight'],
  'cpu-period': containerFlags['cpu-period'],
  'cpu-quota': containerFlags['cpu-quota'],
  'cpu-rt-period': int('Limit the CPU real-time period in microseconds', { requires: { apiVersion: '1.25' } }),
  'cpu-rt-runtime': int('Limit the CPU real-time runtime in microseconds', { requires: { apiVersion: '1.25' } }),
  'cpu-shares': containerFlags['cpu-shares'],
  cpus: containerFlags.cpus,
  'cpuset-cpus': containerFlags['cpuset-cpus'],
  'cpuset-mems': containerFlags['cpuset-mems'],
  'kernel-memory': { ...containerFlags['kernel-memory'], usage: 'Kernel memory limit (deprecated)', hidden: true },
  memory: containerFlags.memory,
  'memory-reservation': containerFlags['memory-reservation'],
  'memory-swap': {
    ...containerFlags['memory-swap'],
    usage: 'Swap limit equal to memory plus swap: -1 to enable unlimited swap',
  },
  'pids-limit': int('Tune container pids limit (set -1 for unlimited)', { requires: { apiVersion: '1.40' } }),
  restart: text('Restart policy to apply when a container exits', { complete: restartPolicies }),
};

export const update: CommandSpec<typeof flags> = {
  use: 'update [OPTIONS] CONTAINER [CONTAINER...]',
  short: 'Update configuration of one or more containers',
  aliasLine: 'docker container update, docker update',
  args: minArgs(1),
  complete: allContainers(),
  flags,
  async run(cli, { args, flags: given, changed }) {
    if (changed.size === 0) throw new Error('you must provide one or more flags when using this command');
    const body = {
      BlkioWeight: given['blkio-weight'],
      CpusetCpus: given['cpuset-cpus'],
      CpusetMems: given['cpuset-mems'],
      CpuShares: given['cpu-shares'],
      Memory: given.memory,
      MemoryReservation: given['memory-reservation'],
      MemorySwap: given['memory-swap'],
      CpuPeriod: given['cpu-period'],
      CpuQuota: given['cpu-quota'],
      CpuRealtimePeriod: given['cpu-rt-period'],
      CpuRealtimeRuntime: given['cpu-rt-runtime'],
      NanoCpus: given.cpus,
      ...(given['pids-limit'] !== 0 && { PidsLimit: given['pids-limit'] }),
      ...(given.restart !== '' && { RestartPolicy: parseRestartPolicy(given.restart) }),
    };
    const warnings: string[] = [];
    const errors: unknown[] = [];
    for (const name of args) {
      try {
        const { Warnings } = await cli.client.containers.update(name, body);
        warnings.push(...(Warnings ?? []));
        await cli.print(`${name}\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    if (warnings.length > 0) await cli.print(`${warnings.join('\n')}\n`);
    throwJoined(errors);
  },
};
