import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;
let id: string;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
  id = await guest.docker('run', '-d', '--name', 'up', '-m', '64m', '--cpus', '0.5', 'busybox', 'sleep', '1000');
});

afterAll(() => guest.stop());

const limit = (...files: string[]): Promise<string> =>
  guest.host(`cd /sys/fs/cgroup/docker/${id}; cat ${files.join(' ')}`);

const inspect = (name: string, format: string): Promise<string> => guest.docker('inspect', '-f', format, name);

const refusal = async (...args: string[]): Promise<string> => {
  const { stderr, exitCode } = await guest.tryDocker('update', ...args);
  expect(exitCode).toBe(1);
  return stderr;
};

describe('update', () => {
  it('changes the limits of what runs', async () => {
    expect(
      await guest.docker('update', '-m', '100m', '--memory-reservation', '32m', '--cpus', '0.2', '-c', '512', 'up'),
    ).toBe('up');
    expect(await limit('memory.max', 'memory.low', 'cpu.max')).toBe('104857600\n33554432\n20000 100000');
    expect(await inspect('up', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuShares}}')).toBe(
      '104857600 134217728 512',
    );
    await guest.docker('update', '--pids-limit', '20', 'up');
    expect(await limit('pids.max')).toBe('20');
    await guest.docker('update', '--pids-limit', '-1', 'up');
    expect(await limit('pids.max')).toBe('max');
    expect(await inspect('up', '{{.HostConfig.PidsLimit}}')).toBe('0');
    expect(await limit('memory.max')).toBe('104857600');
  });

  it('changes the restart policy', async () => {
    await guest.docker('update', '--restart', 'on-failure:3', 'up');
    expect(await inspect('up', '{{json .HostConfig.RestartPolicy}}')).toBe(
      '{"Name":"on-failure","MaximumRetryCount":3}',
    );
    await guest.docker('update', '--restart', 'no', 'up');
  });

  it('holds for the next run of what is stopped', async () => {
    await guest.docker('create', '--name', 'later', 'busybox', 'cat', '/sys/fs/cgroup/pids.max');
    await guest.docker('update', '--pids-limit', '33', 'later');
    expect(await guest.docker('start', '-a', 'later')).toBe('33');
    await guest.docker('rm', 'later');
  });

  it('refuses in the words of the daemon, and changes nothing', async () => {
    const cannot = `Error response from daemon: Cannot update container ${id}: `;
    expect(await refusal('-m', '200m', 'up')).toBe(
      `${cannot}Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time\n`,
    );
    expect(await refusal('--cpu-quota', '5000', 'up')).toBe(
      `${cannot}Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set\n`,
    );
    expect(await refusal('-m', '4m', 'up')).toBe('Error response from daemon: Minimum memory limit allowed is 6MB\n');
    expect(await refusal('--restart', 'always:3', 'up')).toBe(
      "Error response from daemon: invalid restart policy: maximum retry count can only be used with 'on-failure'\n",
    );
    expect(await refusal('-m', '20m', 'nosuch')).toBe('Error response from daemon: No such container: nosuch\n');
    expect(await refusal('up')).toBe('you must provide one or more flags when using this command\n');
    expect(await inspect('up', '{{.HostConfig.Memory}} {{.HostConfig.CpuQuota}}')).toBe('104857600 0');

    const removed = await guest.docker('run', '-d', '--rm', '--name', 'brief', 'busybox', 'sleep', '1000');
    expect(await refusal('--restart', 'always', 'brief')).toBe(
      `Error response from daemon: Cannot update container ${removed}: Restart policy cannot be updated because AutoRemove is enabled for the container\n`,
    );
    await guest.docker('rm', '-f', 'brief');
  });
});
