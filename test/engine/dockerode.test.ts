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

  it('answers what a state forbids as Docker does', async () => {
    const container = await docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '1000'], name: 'stately' });
    await docker.createContainer({ Image: 'busybox', name: 'other' });
    const { id } = container;
    const absent = docker.getContainer('nosuch');
    const missing = [404, 'No such container: nosuch'] as const;
    const create = (options: Dockerode.ExecCreateOptions = { Cmd: ['true'] }) => container.exec(options);
    const start = async (exec: Dockerode.Exec): Promise<void> => {
      await exec.start({ Detach: true });
    };

    /** Asserts status and message; 304 and its like have none. */
    const refuses = async (operation: () => Promise<unknown>, statusCode: number, message?: string): Promise<void> => {
      const said = message === undefined ? {} : { message: expect.stringContaining(message) as string };
      await expect(operation(), operation.toString()).rejects.toMatchObject({ statusCode, ...said });
    };
    const notRunning = [409, `container ${id} is not running`] as const;

    // Created.
    await refuses(() => container.stop(), 304);
    await refuses(() => container.kill(), 409, `cannot kill container: ${id}: container ${id} is not running`);
    await refuses(() => container.pause(), ...notRunning);
    await refuses(() => container.unpause(), 500, `Container ${id} is not paused`);
    await refuses(() => container.resize({ h: 1, w: 1 }), ...notRunning);
    await refuses(() => container.top(), ...notRunning);
    await refuses(() => create(), ...notRunning);
    const sameName = 'Renaming a container with the same name as its current name';
    await refuses(() => container.rename({ name: 'stately' }), 400, sameName);
    await refuses(() => container.rename({ name: '/stately' }), 400, sameName);
    const taken =
      'Error when allocating new name: Conflict. The container name "/other" is already in use by container';
    await expect(container.rename({ name: 'other' })).rejects.toMatchObject({
      statusCode: 409,
      json: { message: expect.stringContaining(taken) as string },
    });
    // Docker waits for a container that has not run as for one that has ended.
    expect(await container.wait()).toEqual({ StatusCode: 0 });
    const removedUnstarted = docker.getContainer('other').wait({ condition: 'next-exit' });
    await docker.getContainer('other').remove();
    expect(await removedUnstarted).toEqual({ StatusCode: 0 });

    // Running.
    await container.start();
    await refuses(() => container.start(), 304);
    await refuses(() => container.unpause(), 500, `Container ${id} is not paused`);
    const remove = `cannot remove container "${id}": container is`;
    const advice = 'stop the container before removing or force remove';
    await refuses(() => container.remove(), 409, `${remove} running: ${advice}`);
    await refuses(() => container.kill({ signal: 'NOPE' }), 400, `cannot kill container: ${id}: invalid signal: NOPE`);
    const unstarted = await create();
    const running = await create({ Cmd: ['sleep', '1000'] });
    await start(running);
    await refuses(() => start(running), 409, `exec command ${running.id} is already running`);
    const ended = await create();
    await start(ended);
    await expect.poll(async () => (await ended.inspect()).Running).toBe(false);
    await refuses(() => start(ended), 409, `exec command ${ended.id} has already run`);
    await refuses(() => ended.resize({ h: 1, w: 1 }), 404, `process does not exist ${ended.id}: not found`);
    await refuses(() => create({ Cmd: [] }), 400, 'No exec command specified');
    await refuses(() => create({ Cmd: ['cat'], DetachKeys: 'zz' }), 500, 'Invalid escape keys (zz) provided');
    await refuses(() => docker.getExec('nosuch').inspect(), 404, 'No such exec instance: nosuch');

    // Paused.
    await container.pause();
    await refuses(() => container.pause(), 409, `Container ${id} is already paused`);
    await refuses(() => container.start(), 409, 'cannot start a paused container, try unpause instead');
    const paused = `is paused, unpause the container before`;
    await refuses(() => create(), 409, `Container ${id} ${paused} exec`);
    await refuses(() => start(unstarted), 409, `Container ${id} ${paused} exec`);
    await refuses(() => container.attach({ stream: true, stdout: true }), 409);
    await refuses(
      () => container.remove(),
      409,
      `cannot remove container "${id}": container is paused and must be unpaused first`,
    );
    await container.unpause();

    // Stopped.
    await container.stop({ t: 0 });
    await refuses(() => container.stop(), 304);
    await refuses(() => container.resize({ h: 1, w: 1 }), ...notRunning);
    await refuses(() => start(unstarted), 404, `No such exec instance: ${unstarted.id}`);
    expect(await container.wait()).toEqual({ StatusCode: 137 });
    const removed = container.wait({ condition: 'removed' });
    await container.remove();
    expect(await removed).toEqual({ StatusCode: 137 });

    // Gone.
    for (const operation of [
      () => absent.start(),
      () => absent.stop(),
      () => absent.restart(),
      () => absent.kill(),
      () => absent.pause(),
      () => absent.unpause(),
      () => absent.wait(),
      () => absent.top(),
      () => absent.resize({ h: 1, w: 1 }),
      () => absent.rename({ name: 'any' }),
      () => absent.logs({ stdout: true }),
      () => absent.stats({ stream: false }),
      () => absent.changes(),
      () => absent.exec({ Cmd: ['true'] }),
      () => absent.update({ CpuShares: 2 }),
      () => absent.remove(),
    ]) {
      await expect(operation(), operation.toString()).rejects.toMatchObject({
        statusCode: missing[0],
        json: { message: expect.stringContaining(missing[1]) as string },
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
