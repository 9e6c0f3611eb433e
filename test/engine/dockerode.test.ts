import { PassThrough, type Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServedGuest } from './support/served-guest.ts';

let served: ServedGuest;
let docker: Dockerode;

beforeAll(async () => {
  served = await ServedGuest.start(['busybox']);
  docker = new Dockerode({ socketPath: served.socketPath });
});

afterAll(() => served.stop());

/** Takes the multiplexed stream of a container without a tty apart. */
async function demultiplexed(stream: NodeJS.ReadableStream): Promise<{ stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, stdout, stderr);
  stream.once('end', () => {
    stdout.end();
    stderr.end();
  });
  const [out, error] = await Promise.all([text(stdout), text(stderr)]);
  return { stdout: out, stderr: error };
}

describe('dockerode', () => {
  it('pulls with progress', async () => {
    const stream = await docker.pull('hello-world');
    const messages = await new Promise<{ status?: string }[]>((resolve, reject) => {
      docker.modem.followProgress(stream, (error, output) =>
        error ? reject(error) : resolve(output as { status?: string }[]),
      );
    });
    expect(messages.at(-1)!.status).toBe('Status: Downloaded newer image for hello-world:latest');
  });

  it('creates, attaches, starts, waits, reads logs, removes', async () => {
    const container = await docker.createContainer({
      Image: 'busybox',
      Cmd: ['sh', '-c', 'read line; echo "got $line"; echo err >&2; exit 8'],
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = (await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })) as unknown as Duplex;
    const output = demultiplexed(stream);
    await container.start();
    stream.write('a line\n');
    stream.end();
    expect(await container.wait()).toEqual({ StatusCode: 8 });
    expect(await output).toEqual({ stdout: 'got a line\n', stderr: 'err\n' });
    const logs = await container.logs({ stdout: true, stderr: false, follow: false });
    expect(logs.subarray(8).toString()).toBe('got a line\n');
    expect((await container.inspect()).State).toMatchObject({ Status: 'exited', ExitCode: 8 });
    await container.remove();
    await expect(container.inspect()).rejects.toMatchObject({
      statusCode: 404,
      json: { message: `No such container: ${container.id}` },
    });
  });

  it('executes commands', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'], name: 'executed' });
    await container.start();
    const exec = await container.exec({
      Cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
      AttachStdout: true,
      AttachStderr: true,
    });
    expect(await demultiplexed(await exec.start({}))).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    expect(await exec.inspect()).toMatchObject({ Running: false, ExitCode: 3 });
    expect((await container.top()).Processes).toHaveLength(1);
    await container.remove({ force: true });
  });

  it('hears of events', async () => {
    const events = await docker.getEvents({ filters: { type: ['container'] } });
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['true'], name: 'heard' });
    await container.start();
    await container.wait();
    await container.remove();
    const actions: string[] = [];
    for await (const chunk of events as AsyncIterable<Uint8Array>) {
      for (const line of new TextDecoder().decode(chunk).trim().split('\n'))
        actions.push((JSON.parse(line) as { Action: string }).Action);
      if (actions.at(-1) === 'destroy') break;
    }
    expect(actions).toEqual(['create', 'start', 'die', 'destroy']);
  });

  it('lists by filters, as the daemon has them', async () => {
    const make = (name: string, more: Dockerode.ContainerCreateOptions) =>
      docker.createContainer({ Image: 'busybox', name, Labels: { listed: name }, ...more });
    const sleeping = await make('l1', { Cmd: ['sleep', '1000'], ExposedPorts: { '80/tcp': {}, '53/udp': {} } });
    const failed = await make('l2', { Cmd: ['sh', '-c', 'exit 3'], HostConfig: { NetworkMode: 'none' } });
    const fresh = await make('l3', { HostConfig: { NetworkMode: 'host' } });
    await sleeping.start();
    await failed.start();
    await failed.wait();
    const names = async (all: boolean, filters: Record<string, string[]>): Promise<string> => {
      const found = await docker.listContainers({ all, filters: { label: ['listed'], ...filters } });
      return found.map(({ Names }) => Names[0]!.slice(1)).join(' ');
    };
    expect(await names(false, {})).toBe('l1');
    expect(await names(true, {})).toBe('l3 l2 l1');
    expect(await names(true, { id: [failed.id.slice(0, 12), fresh.id] })).toBe('l3 l2');
    expect(await names(true, { name: ['^/l[12]$'] })).toBe('l2 l1');
    expect(await names(false, { exited: ['3'] })).toBe('');
    expect(await names(true, { exited: ['3', '0'] })).toBe('l2');
    expect(await names(false, { status: ['created', 'exited'] })).toBe('l3 l2');
    expect(await names(true, { before: ['l3'], since: ['l1'] })).toBe('l2');
    expect(await names(true, { network: ['none', 'host'] })).toBe('l3 l2');
    expect(await names(true, { expose: ['50-90/udp'] })).toBe('l1');
    expect(await names(true, { expose: ['79-90'], publish: ['8080'] })).toBe('l1');
    expect(await names(true, { health: ['none'], 'is-task': ['false'] })).toBe('l3 l2 l1');
    for (const [filters, statusCode, message] of [
      [{ nosuch: ['1'] }, 400, "invalid filter 'nosuch'"],
      [{ exited: ['x'] }, 400, 'invalid filter \'exited=x\': strconv.Atoi: parsing "x": invalid syntax'],
      [
        { health: ['x'] },
        400,
        "invalid filter 'health=x': invalid value for health (x): must be one of none, starting, healthy, unhealthy",
      ],
      [{ 'is-task': ['x'] }, 400, "invalid filter 'is-task=[x]'"],
      [{ before: ['nosuch'] }, 404, 'No such container: nosuch'],
      [{ since: [failed.id.slice(0, 12)] }, 404, `No such container: ${failed.id.slice(0, 12)}`],
      [{ publish: ['1:2'] }, 500, "filter for 'publish' should not contain ':': 1:2"],
      [{ expose: ['9-8'] }, 500, 'error while looking up for expose 9-8: Invalid range specified for the Port: 9-8'],
    ] as const) {
      await expect(docker.listContainers({ filters: filters as never })).rejects.toMatchObject({
        statusCode,
        json: { message },
      });
    }
    for (const container of [sleeping, failed, fresh]) await container.remove({ force: true });
  });

  it('refuses create requests that contradict themselves', async () => {
    for (const [options, message] of [
      [
        { Hostname: 'h', HostConfig: { NetworkMode: 'container:x' } },
        'conflicting options: hostname and the network mode',
      ],
      [{ HostConfig: { IpcMode: 'x' } }, 'invalid IPC mode: x'],
      [{ HostConfig: { PidMode: 'container:nosuch' } }, 'No such container: nosuch'],
      [{ StopSignal: 'SIGNONE' }, 'invalid signal: SIGNONE'],
      [{ HostConfig: { ExtraHosts: ['a:b'] } }, 'invalid IP address in add-host: "b"'],
      [{ MacAddress: 'zz' }, 'invalid config for network bridge: invalid MAC address zz'],
    ] as const) {
      await expect(docker.createContainer({ Image: 'busybox', ...(options as object) })).rejects.toMatchObject({
        statusCode: 400,
        json: { message },
      });
    }
  });

  it('lists containers and images, and asks for what the engine is', async () => {
    expect(await docker.listContainers({ all: true })).toEqual([]);
    expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags)).toContain('busybox:latest');
    expect(await docker.version()).toMatchObject({ Os: 'linux', Arch: '386' });
    expect((await docker.ping()).toString()).toBe('OK');
  });
});
