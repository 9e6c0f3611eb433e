import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../test/support/fake-engine.ts';
import { createServer } from '../server/server.ts';
import { serveUnix, type UnixListener } from './serve-unix.ts';

let folder: string;
let path: string;
let engine: FakeEngine;
let listener: UnixListener;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-'));
  path = join(folder, 'docker.sock');
  engine = createFakeEngine();
  listener = await serveUnix(createServer(engine), path);
});

afterEach(async () => {
  await listener.close();
  await rm(folder, { recursive: true });
});

const dial = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true }, () => resolve(socket)).once('error', reject);
  });

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('only the owner can reach the engine', async () => {
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a request written before a half-close is answered', async () => {
  const socket = await dial();
  socket.end('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nOK$/);
});

test('a client that is killed while it follows events is noticed', async () => {
  const socket = await dial();
  socket.write('GET /events HTTP/1.1\r\nHost: d\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  expect(engine.eventReaders()).toBe(1);
  socket.destroy();
  await expect.poll(() => engine.eventReaders()).toBe(0);
});

test('closing removes the socket and ends the connections', async () => {
  const socket = await dial();
  const ended = new Promise((resolve) =>
    socket
      .once('close', resolve)
      .resume()
      .once('end', () => socket.end()),
  );
  await listener.close();
  await ended;
  expect(existsSync(path)).toBe(false);
});

test('a socket left by a process that died is replaced; one in use, or another file, is not', async () => {
  await expect(serveUnix(createServer(engine), path)).rejects.toThrow('another process is listening there');
  const stale = join(folder, 'stale.sock');
  // Node removes the socket it closes, so the closing is left to a process that does not.
  const script = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await new Promise((resolve) => spawn(process.execPath, ['-e', script]).once('exit', resolve));
  expect(existsSync(stale)).toBe(true);
  await (await serveUnix(createServer(engine), stale)).close();
  const file = join(folder, 'file');
  await writeFile(file, 'precious');
  await expect(serveUnix(createServer(engine), file)).rejects.toThrow();
  expect((await stat(file)).size).toBe(8);
});

test('dockerode creates, attaches, starts, waits, execs and removes', async () => {
  const docker = new Dockerode({ socketPath: path });
  expect(String(await docker.ping())).toBe('OK');
  expect((await docker.version()).ApiVersion).toBe('1.50');
  const container = await docker.createContainer({ Image: 'busybox', Cmd: ['both'], name: 'd' });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const received: string[] = [];
  const sink = (name: string) =>
    ({ write: (chunk: Buffer) => received.push(`${name} ${chunk}`) }) as unknown as NodeJS.WritableStream;
  docker.modem.demuxStream(stream, sink('out'), sink('err'));
  const ended = new Promise((resolve) => stream.once('end', resolve));
  await container.start();
  await ended;
  expect(received).toEqual(['out out\n', 'err err\n']);
  expect(await container.wait()).toEqual({ StatusCode: 0 });
  expect(await docker.listContainers({ all: true })).toMatchObject([{ Names: ['/d'], State: 'exited' }]);
  await container.remove();
  await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  const pulled = await docker.pull('other:1');
  const progress = await new Promise((resolve, reject) =>
    docker.modem.followProgress(pulled, (error, lines) => (error ? reject(error) : resolve(lines))),
  );
  expect(progress).toHaveLength(2);
});

/** The real CLI, where it is installed. */
const cli = ['/usr/local/bin/docker', '/usr/bin/docker'].find((file) => existsSync(file));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function docker(args: string[], input?: string | Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${path}` };
    const child = execFile(cli!, args, { env, maxBuffer: 64 << 20, encoding: 'latin1' }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
    child.stdin!.end(input);
  });
}

describe.skipIf(cli === undefined)('the docker CLI', () => {
  test('runs containers with the right output, streams and exit codes', async () => {
    expect(await docker(['version', '--format', '{{.Server.APIVersion}}'])).toMatchObject({
      code: 0,
      stdout: '1.50\n',
    });
    expect(await docker(['run', '--rm', 'busybox', 'both'])).toEqual({ code: 0, stdout: 'out\n', stderr: 'err\n' });
    expect(await docker(['run', '--name', 'seven', 'busybox', 'exit', '7'])).toMatchObject({ code: 7 });
    expect((await docker(['ps', '-a', '--format', '{{.Names}} {{.Image}} {{.Command}}'])).stdout).toBe(
      'seven busybox "exit 7"\n',
    );
    expect(await docker(['rm', 'seven'])).toMatchObject({ code: 0, stdout: 'seven\n' });
  });

  test('sends megabytes through a container and gets them back', async () => {
    const bytes = Buffer.alloc(3 << 20, 'All work and no play makes Jack a dull boy.\n');
    const { code, stdout } = await docker(['run', '-i', '--rm', 'busybox', 'cat'], bytes);
    expect([code, stdout === bytes.toString('latin1')]).toEqual([0, true]);
  });

  test('execs in a running container', async () => {
    await docker(['run', '-d', '--name', 's', 'busybox', 'sleep']);
    expect(await docker(['exec', 's', 'echo', 'hi'])).toEqual({ code: 0, stdout: 'hi\n', stderr: '' });
    expect(await docker(['exec', '-i', 's', 'cat'], 'typed')).toMatchObject({ code: 0, stdout: 'typed' });
    expect(await docker(['exec', 's', 'nosuch'])).toMatchObject({
      code: 127,
      stdout: expect.stringContaining('executable file not found in $PATH') as string,
    });
    const following = docker(['logs', '-f', 's']);
    expect(await docker(['kill', 's'])).toMatchObject({ code: 0, stdout: 's\n' });
    expect(await following).toMatchObject({ code: 0 });
    expect(await docker(['wait', 's'])).toMatchObject({ stdout: '137\n' });
  });

  test('shows errors as the daemon words them', async () => {
    expect(await docker(['kill', 'nope'])).toMatchObject({
      code: 1,
      stderr: 'Error response from daemon: cannot kill container: nope: No such container: nope\n',
    });
    expect(await docker(['pull', '-q', 'refused'])).toMatchObject({
      code: 1,
      stderr: 'Error response from daemon: pull access denied\n',
    });
    expect(await docker(['pull', '-q', 'broken'])).toMatchObject({ code: 1, stderr: 'unexpected EOF\n' });
    expect(await docker(['network', 'create', 'n'])).toMatchObject({
      code: 1,
      stderr: 'Error response from daemon: network create is not implemented in Drydock yet\n',
    });
  });
});

test('a process that listens on a path elsewhere is left alone', async () => {
  const other = createNetServer().listen(join(folder, 'other.sock'));
  await new Promise((resolve) => other.once('listening', resolve));
  await expect(serveUnix(createServer(engine), join(folder, 'other.sock'))).rejects.toThrow('another process');
  await new Promise((resolve) => other.close(resolve));
});
