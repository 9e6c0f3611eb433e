import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel, type Peer } from '../../src/guest/channel.ts';
import { addressFamily, ioctl, open, poll, signal, socketType } from '../../src/guest/linux.ts';
import { type OpRef, ProgramBuilder } from '../../src/guest/program-builder.ts';
import { ByteReader, ByteWriter, concatBytes, decodeUtf8, encodeUtf8 } from '../../src/lib/bytes.ts';
import type { Duplex } from '../../src/lib/duplex.ts';
import { type NativeAgent, startNativeAgent } from './native-agent.ts';

const toHost = 1;
const toGuest = 2;

let agent: NativeAgent;
let channel: Channel;
let directory: string;

beforeEach(() => {
  agent = startNativeAgent();
  channel = agent.channel;
  directory = mkdtempSync(join(tmpdir(), 'drydock-agent-'));
});

// Whatever a test did: no sanitizer found anything, and nothing leaked.
afterEach(async () => {
  expect(await agent.stop(), agent.log()).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});

/** Adds the op that opens a stream. */
function stream(p: ProgramBuilder, fd: OpRef, mode: number, credit = channel.initialCredit): Duplex {
  const id = channel.allocateStream();
  p.stream(fd, id, mode, credit);
  return channel.stream(id);
}

/** A shell command with its input and output connected by pipes. */
async function shell(command: string, credit?: number) {
  const p = new ProgramBuilder(command);
  const [inputEnd, input] = p.pipe();
  const [output, outputEnd] = p.pipe();
  const child = p.child('shell');
  child.dup3(inputEnd, 0);
  child.dup3(outputEnd, 1);
  child.execve('/bin/sh', ['sh', '-c', command], ['PATH=/usr/bin:/bin']);
  const started = p.clone({ flags: 0, program: child });
  const stdin = stream(p, input, toGuest).writable;
  const stdout = stream(p, output, toHost, credit).readable;
  const pid = (await channel.run(p.build())).value(started);
  return { pid, stdin, stdout };
}

async function readAll(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return concatBytes(chunks);
}

async function readBytes(reader: ReadableStreamDefaultReader<Uint8Array>, count: number): Promise<number> {
  let read = 0;
  while (read < count) {
    const { value, done } = await reader.read();
    if (done) break;
    read += value.length;
  }
  return read;
}

const kill = async (pid: number, number: number) => {
  const p = new ProgramBuilder('kill');
  p.kill(pid, number);
  await channel.run(p.build());
};

const nothing = new ProgramBuilder('nothing').build();

describe('a stream', () => {
  it('carries many bytes both ways, through every limit', async () => {
    const { pid, stdin, stdout } = await shell('cat');
    const bytes = new Uint8Array(6 * 1024 * 1024).map((_, i) => (i * 2654435761) >>> 13);
    const writer = stdin.getWriter();
    const written = (async () => {
      // Uneven chunks, some larger than a frame.
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3 + 7) % 200_000) {
        await writer.write(bytes.subarray(at, at + size));
      }
      await writer.close();
    })();
    const read = await readAll(stdout);
    await written;
    const hash = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
    expect(hash(read)).toBe(hash(bytes));
    expect(await channel.exited(pid)).toBe(0);
  });

  it('sends no more than it has credit for', async () => {
    const { pid, stdout } = await shell('exec yes', 1000);
    let frames = 0;
    agent.socket.on('data', (chunk: Buffer) => (frames += chunk.length));
    for (let i = 0; i < 20; i++) await channel.run(nothing);
    // 20 empty results of 20 bytes, and at most one DATA frame of 1000.
    expect(frames).toBeLessThanOrEqual(20 * 20 + 1012);
    const reader = stdout.getReader();
    expect(await readBytes(reader, 5000)).toBeGreaterThanOrEqual(5000);
    await reader.cancel();
    // Nobody reads any more: yes gets SIGPIPE.
    expect(await channel.exited(pid)).toBe(signal.SIGPIPE);
  });

  it('makes a writer wait for a reader that does not read, and others do not notice', async () => {
    const sleeper = await shell('exec sleep 1000');
    const writer = sleeper.stdin.getWriter();
    let accepted = 0;
    const flood = (async () => {
      for (;;) {
        await writer.write(new Uint8Array(16 * 1024));
        accepted += 16 * 1024;
      }
    })();
    const failed = expect(flood).rejects.toMatchObject({ code: 'EPIPE' });
    const echo = await shell('cat');
    const other = echo.stdin.getWriter();
    await other.write(encodeUtf8('hello'));
    await other.close();
    expect(decodeUtf8(await readAll(echo.stdout))).toBe('hello');
    // A pipe's 64 KiB, the agent's 64 KiB and what the writable queues.
    expect(accepted).toBeLessThanOrEqual(256 * 1024);
    await kill(sleeper.pid, signal.SIGKILL);
    await channel.exited(sleeper.pid);
    await failed;
  });

  it('ends one direction without the other', async () => {
    const p = new ProgramBuilder('half-close');
    const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const left = stream(p, near, toHost | toGuest);
    const right = stream(p, far, toHost | toGuest);
    await channel.run(p.build());
    const toRight = left.writable.getWriter();
    await toRight.write(encodeUtf8('question'));
    await toRight.close();
    expect(decodeUtf8(await readAll(right.readable))).toBe('question');
    const toLeft = right.writable.getWriter();
    await toLeft.write(encodeUtf8('answer'));
    await toLeft.close();
    expect(decodeUtf8(await readAll(left.readable))).toBe('answer');
  });

  it('closes its descriptor when both directions have ended, and its id can be used again', async () => {
    await channel.hello;
    const before = agent.openFds();
    const p = new ProgramBuilder('close');
    const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const duplex = stream(p, near, toHost | toGuest);
    const other = stream(p, far, toHost | toGuest);
    await channel.run(p.build());
    await duplex.readable.cancel();
    await expect(
      (async () => {
        const writer = other.writable.getWriter();
        for (;;) await writer.write(new Uint8Array(1000));
      })(),
    ).rejects.toMatchObject({ code: 'EPIPE' });
    await duplex.writable.close();
    await readAll(other.readable);
    await channel.run(nothing);
    expect(agent.openFds()).toEqual(before);
  });

  it('serves files, which are always ready', async () => {
    writeFileSync(join(directory, 'in'), 'x'.repeat(200_000));
    const p = new ProgramBuilder('file');
    const source = stream(p, p.open(join(directory, 'in'), open.O_RDONLY), toHost, 10_000);
    const target = stream(p, p.open(join(directory, 'out'), open.O_WRONLY | open.O_CREAT, 0o600), toGuest);
    await channel.run(p.build());
    await source.readable.pipeTo(target.writable);
    await channel.run(nothing);
    expect(readFileSync(join(directory, 'out'), 'utf8')).toBe('x'.repeat(200_000));
  });

  it('is a terminal, whose size can be changed and whose end is an end of file', async () => {
    const p = new ProgramBuilder('terminal');
    const master = p.open('/dev/ptmx', open.O_RDWR | open.O_NOCTTY);
    p.ioctlIn(master, ioctl.TIOCSPTLCK, new Uint8Array(4));
    const number = p.ioctlOut(master, ioctl.TIOCGPTN, 4);
    const child = p.child('shell');
    child.setsid();
    const slave = child.ioctl(master, ioctl.TIOCGPTPEER, open.O_RDWR | open.O_CLOEXEC);
    for (const fd of [0, 1, 2]) child.dup3(slave, fd);
    child.ioctl(0, ioctl.TIOCSCTTY, 0);
    child.execve(
      '/bin/bash',
      ['bash', '-c', 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.02; done'],
      ['PATH=/usr/bin:/bin'],
    );
    const started = p.clone({ flags: 0, program: child });
    const id = channel.allocateStream();
    p.stream(master, id, toHost | toGuest, channel.initialCredit);
    const result = await channel.run(p.build());
    expect(result.output(number).length).toBe(4);
    const reader = channel.stream(id).readable.getReader();
    let text = '';
    while (!text.includes('ready')) text += decodeUtf8((await reader.read()).value!);
    const resize = new ProgramBuilder('resize');
    resize.ioctlIn(resize.streamFd(id), ioctl.TIOCSWINSZ, new ByteWriter(8).u16(33).u16(101).u32(0).finish());
    await channel.run(resize.build());
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) text += decodeUtf8(chunk.value);
    expect(text).toContain('33 101');
    expect(await channel.exited(result.value(started))).toBe(0);
  });

  it('fails on both sides with the program that would have opened it', async () => {
    await channel.hello;
    const before = agent.openFds();
    const p = new ProgramBuilder('fails');
    const [near] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const { readable, writable } = stream(p, near, toHost | toGuest);
    p.rmdir('/absent');
    const writing = writable.getWriter().write(new Uint8Array(1));
    const outcomes = await Promise.allSettled([channel.run(p.build()), readAll(readable), writing]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENOENT' } });
    expect(agent.openFds()).toEqual(before);
  });

  it('outlives its channel when the machine is saved and restored', async () => {
    const { pid, stdin, stdout } = await shell('cat', 100_000);
    const writer = stdin.getWriter();
    await writer.write(encodeUtf8('before '));
    const first = await stdout.getReader().read();
    expect(decodeUtf8(first.value!)).toBe('before ');
    await writer.write(encodeUtf8('unread '));
    const [writeId, readId] = channel.save().streams.map(({ id }) => id);
    // The bytes have arrived when a later program's result has, and `cat` has had its turn.
    while (channel.save().streams.at(-1)!.received.length === 0) await channel.run(nothing);
    const state = JSON.parse(JSON.stringify(channel.save())) as ReturnType<Channel['save']>;

    const restored = new Channel((bytes) => void agent.socket.write(bytes), state);
    agent.socket.removeAllListeners('data');
    agent.socket.on('data', (bytes: Buffer) => restored.receive(new Uint8Array(bytes)));
    const again = restored.stream(writeId!).writable.getWriter();
    await again.write(encodeUtf8('after'));
    await again.close();
    expect(decodeUtf8(await readAll(restored.stream(readId!).readable))).toBe('unread after');
    expect(await restored.exited(pid)).toBe(0);
  });
});

describe('a listener', () => {
  const listen = async (path: string) => {
    const p = new ProgramBuilder('listen');
    const socket = p.socket(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    p.bind(socket, new ByteWriter().u16(addressFamily.AF_UNIX).bytes(encodeUtf8(path)).finish());
    p.listen(socket, 128);
    const id = channel.allocateListener();
    p.listener(socket, id, channel.initialCredit);
    await channel.run(p.build());
    return id;
  };
  const answer = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString())).on('close', () => resolve(text));
    });

  it('makes every connection a stream with the credentials of its peer', async () => {
    const path = join(directory, 'socket');
    const id = await listen(path);
    const peers: Peer[] = [];
    const serve = ({ readable, writable }: Duplex, peer: Peer): void => {
      peers.push(peer);
      void readable.pipeTo(writable);
    };
    const early = connect(path).end('early');
    const earlyAnswer = answer(early);
    await channel.run(nothing);
    channel.onAccept(id, serve);
    expect(await earlyAnswer).toBe('early');
    const answers = Array.from({ length: 20 }, (_, i) => answer(connect(path).end(`caller ${i}`)));
    expect(await Promise.all(answers)).toEqual(answers.map((_, i) => `caller ${i}`));
    expect(peers).toEqual(peers.map(() => ({ pid: process.pid, uid: process.getuid!(), gid: process.getgid!() })));
    expect(peers.length).toBe(21);
  });

  it('listens no more when told so', async () => {
    const path = join(directory, 'socket');
    const id = await listen(path);
    const p = new ProgramBuilder('unlisten');
    p.unlisten(id);
    p.try.unlisten(id);
    const result = await channel.run(p.build());
    expect(result.ops[1]!.result).toBe(-2);
    const refused = new Promise<Error>((resolve) => connect(path).once('error', resolve));
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a watch', () => {
  it('tells of an event once, and again when armed', async () => {
    const p = new ProgramBuilder('watch');
    const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const id = channel.allocateWatch();
    p.watch(near, id, poll.POLLIN);
    const { writable } = stream(p, far, toGuest);
    const seen: number[] = [];
    const next = () =>
      new Promise<number>((resolve) => channel.onReady(id, (revents) => (seen.push(revents), resolve(revents))));
    const first = next();
    await channel.run(p.build());
    const writer = writable.getWriter();
    await writer.write(encodeUtf8('one'));
    expect(await first).toBe(poll.POLLIN);
    await writer.write(encodeUtf8('two'));
    await channel.run(nothing);
    expect(seen.length).toBe(1);

    const second = next();
    const again = new ProgramBuilder('again');
    const read = again.rewatch(id, 100);
    const result = await channel.run(again.build());
    expect(decodeUtf8(result.output(read))).toMatch(/^one(two)?$/);
    await writer.write(encodeUtf8('three'));
    expect(await second).toBe(poll.POLLIN);

    const end = new ProgramBuilder('end');
    end.unwatch(id);
    end.try.unwatch(id);
    expect((await channel.run(end.build())).ops[1]!.result).toBe(-2);
  });

  it('reads what a changed file says', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');
    const p = new ProgramBuilder('inotify');
    const notifier = p.inotify_init1(open.O_NONBLOCK);
    p.inotify_add_watch(notifier, path, 2);
    const id = channel.allocateWatch();
    p.watch(notifier, id, poll.POLLIN);
    await channel.run(p.build());
    const ready = new Promise<number>((resolve) => channel.onReady(id, resolve));
    writeFileSync(path, 'changed');
    expect(await ready).toBe(poll.POLLIN);
    const again = new ProgramBuilder('again');
    const events = again.rewatch(id, 4096);
    const empty = again.rewatch(id, 4096);
    const result = await channel.run(again.build());
    expect(new ByteReader(result.output(events)).skip(4).u32()).toBe(2);
    expect(result.value(empty)).toBe(0);
  });
});
