import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
  await guest.docker('run', '-d', '--name', 'busy', '-m', '64m', 'busybox', 'sh', '-c', 'while :; do :; done');
  await guest.docker('run', '-d', '--name', 'idle', '--network', 'host', 'busybox', 'sleep', '1000');
  await guest.docker('create', '--name', 'still', 'busybox');
});

afterAll(() => guest.stop());

it('tells what containers use', async () => {
  const lines = (await guest.docker('stats', '--no-stream')).split('\n');
  expect(lines[0]).toMatch(/^CONTAINER ID {3}NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/);
  expect(lines).toHaveLength(3);
  const row = async (name: string): Promise<string[]> =>
    (
      await guest.docker(
        ...['stats', '--no-stream', '--format', '{{.Name}}|{{.CPUPerc}}|{{.MemUsage}}|{{.NetIO}}|{{.PIDs}}', name],
      )
    ).split('|');
  const [name, cpu, memory, network, pids] = await row('busy');
  expect([name, pids]).toEqual(['busy', '1']);
  expect(Number.parseFloat(cpu!)).toBeGreaterThan(10);
  expect(memory).toMatch(/^[\d.]+[KM]iB \/ 64MiB$/);
  expect(network).toMatch(/^[\d.]+k?B \/ [\d.]+k?B$/);
  expect((await row('idle'))[3]).toBe('0B / 0B');
  expect(await row('still')).toEqual(['still', '0.00%', '0B / 0B', '0B / 0B', '0']);
});

it('shows all with -a, whole IDs with --no-trunc, and what does not exist not', async () => {
  expect((await guest.docker('stats', '--no-stream', '-a', '--format', '{{.Name}}')).split('\n').sort()).toEqual([
    'busy',
    'idle',
    'still',
  ]);
  expect(await guest.docker('stats', '--no-stream', '--no-trunc', '--format', '{{.ID}}', 'idle')).toMatch(
    /^[0-9a-f]{64}$/,
  );
  const { stderr, exitCode } = await guest.tryDocker('stats', '--no-stream', 'nosuch');
  expect([stderr, exitCode]).toEqual(['Error response from daemon: No such container: nosuch\n', 1]);
});

it('streams until interrupted', async () => {
  const watching = guest.startDocker({ stdin: '' }, 'stats', '--format', '{{.Name}}', 'idle');
  await watching.stdout.waitFor('\x1b[Hidle\x1b[K\n\x1b[K\n\x1b[J\x1b[H');
  watching.signal('INT');
  await watching.result;
});

it('the API gives samples that belong together', async () => {
  const stop = new AbortController();
  const samples = [];
  for await (const sample of await guest.api.containers.stats('busy', { stream: true }, stop.signal)) {
    samples.push(sample);
    if (samples.length === 2) break;
  }
  stop.abort();
  const [first, second] = samples;
  expect(first!.preread).toBe('0001-01-01T00:00:00Z');
  expect(second!.preread).toBe(first!.read);
  expect(second!.precpu_stats).toEqual(first!.cpu_stats);
  expect(second!.cpu_stats.cpu_usage.total_usage).toBeGreaterThan(first!.cpu_stats.cpu_usage.total_usage);
  // One container does not use more than there is, however seldom the machine was let run (twice that, for rounding).
  const used = second!.cpu_stats.cpu_usage.total_usage - first!.cpu_stats.cpu_usage.total_usage;
  expect(used).toBeLessThan(2 * (second!.cpu_stats.system_cpu_usage! - first!.cpu_stats.system_cpu_usage!));
  expect(second).toMatchObject({ name: '/busy', num_procs: 0, storage_stats: {}, memory_stats: { limit: 67108864 } });
  expect(Object.keys(second!.networks!)).toEqual(['eth0']);
});
