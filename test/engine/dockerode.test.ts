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

  it('lists containers and images, and asks for what the engine is', async () => {
    expect(await docker.listContainers({ all: true })).toEqual([]);
    expect((await docker.listImages()).flatMap(({ RepoTags }) => RepoTags)).toContain('busybox:latest');
    expect(await docker.version()).toMatchObject({ Os: 'linux', Arch: '386' });
    expect((await docker.ping()).toString()).toBe('OK');
  });
});
