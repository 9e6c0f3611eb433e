import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeFrame, FrameDecoder, FrameType, MAX_FRAME_PAYLOAD } from '../../src/guest/frames.ts';
import { addressFamily, open, rlimit, socketType } from '../../src/guest/linux.ts';
import { encodeProgram } from '../../src/guest/program.ts';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { ByteReader, ByteWriter, encodeUtf8 } from '../../src/lib/bytes.ts';
import { type NativeAgent, startNativeAgent } from './native-agent.ts';

const EINVAL = 22;
const EMFILE = 24;
const ENOSYS = 38;
const ENOMEM = 12;
const EBADMSG = 74;
const EMSGSIZE = 90;

let agent: NativeAgent;

afterEach(async () => {
  expect(await agent.stop(), agent.log()).toBe(0);
});

/** Fuzzed programs run as nobody, who can do no harm. */
const asNobody = process.getuid!() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Sends frames as they are and returns the answer to a RUN: the first record's result, or undefined without one. */
function rawRunner(of: NativeAgent) {
  const decoder = new FrameDecoder();
  const waiting = new Map<number, (result: number | undefined) => void>();
  of.socket.on('data', (bytes: Buffer) => {
    for (const { type, id, payload } of decoder.push(new Uint8Array(bytes))) {
      if (type !== FrameType.result) continue;
      const reader = new ByteReader(payload).skip(4);
      waiting.get(id)?.(reader.u32() > 0 ? reader.skip(4).i32() : undefined);
      waiting.delete(id);
    }
  });
  let next = 0x80000000;
  return (payload: Uint8Array): Promise<number | undefined> => {
    const id = next++;
    of.socket.write(encodeFrame(FrameType.run, id, payload));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
}

/** A program of one op without arguments. */
const oneOp = (opcode: number, ...args: Uint8Array[]): Uint8Array => {
  const writer = new ByteWriter().u32(1).u16(opcode).u8(0).u8(args.length).u16(0xffff);
  for (const arg of args) writer.bytes(arg);
  return writer.finish();
};

const int = (value: number): Uint8Array => new ByteWriter(5).u8(0).i32(value).finish();
const bytes = (text: string): Uint8Array => new ByteWriter(16).u8(2).u32(text.length).bytes(encodeUtf8(text)).finish();
const out = (size: number): Uint8Array => new ByteWriter(5).u8(3).u32(size).finish();

const nothing = new ProgramBuilder('nothing').build();

describe('the agent', () => {
  it('refuses ops it does not know, and arguments of another kind than the call takes', async () => {
    agent = startNativeAgent(asNobody);
    const run = rawRunner(agent);
    expect(await run(oneOp(1))).toBe(-ENOSYS);
    expect(await run(oneOp(0xffff))).toBe(-ENOSYS);
    const [read, openCall, close] = [3, 5, 6];
    // An integer where a pointer belongs, too few, too many, a string without its end, a string with two.
    expect(await run(oneOp(read, int(0), int(0x8048000)))).toBe(-EINVAL);
    expect(await run(oneOp(close))).toBe(-EINVAL);
    expect(await run(oneOp(close, int(100), int(0)))).toBe(-EINVAL);
    expect(await run(oneOp(openCall, bytes('/dev/null'), int(0), int(0)))).toBe(-EINVAL);
    expect(await run(oneOp(openCall, bytes('/dev\0/null\0'), int(0), int(0)))).toBe(-EINVAL);
    expect(await run(oneOp(openCall, bytes('/dev/null\0'), int(0), int(0)))).toBeGreaterThan(0);
  });

  it('refuses malformed programs as a whole, and those whose results fit into no frame', async () => {
    agent = startNativeAgent(asNobody);
    const run = rawRunner(agent);
    const good = encodeProgram(new ProgramBuilder('x').build());
    expect(await run(new Uint8Array())).toBe(-EBADMSG);
    expect(await run(Uint8Array.of(1, 0, 0, 0))).toBe(-EBADMSG);
    expect(await run(Uint8Array.of(...good, 0))).toBe(-EBADMSG);
    expect(await run(oneOp(6, Uint8Array.of(1, 64)))).toBe(-EBADMSG);
    expect(await run(oneOp(6, Uint8Array.of(9)))).toBe(-EBADMSG);
    expect(await run(oneOp(3, int(0), out(MAX_FRAME_PAYLOAD + 1)))).toBe(-EBADMSG);
    expect(await run(oneOp(3, int(0), out(MAX_FRAME_PAYLOAD)))).toBe(-EMSGSIZE);
    let nested = good;
    for (let depth = 0; depth < 10; depth++) {
      nested = oneOp(
        0x100a,
        int(0),
        int(-1),
        int(-1),
        new ByteWriter().u8(6).u32(nested.length).bytes(nested).finish(),
      );
    }
    expect(await run(nested)).toBe(-EBADMSG);
  });

  it('skips frames it cannot take and goes on', async () => {
    agent = startNativeAgent(asNobody);
    const oversized = new Uint8Array(12 + MAX_FRAME_PAYLOAD + 5000);
    new DataView(oversized.buffer).setUint32(0, oversized.length - 12, true);
    agent.socket.write(oversized);
    agent.socket.write(encodeFrame(77, 1, Uint8Array.of(1, 2, 3)));
    agent.socket.write(encodeFrame(FrameType.data, 1234, Uint8Array.of(1, 2, 3)));
    agent.socket.write(encodeFrame(FrameType.credit, 1234, Uint8Array.of(1)));
    await agent.channel.run(nothing);
    await agent.stop();
    expect(agent.log()).toContain(`skipped a frame of ${MAX_FRAME_PAYLOAD + 5000} bytes`);
    expect(agent.log()).toContain('skipped a frame of type 77');
  });

  it('answers whatever is thrown at it', { timeout: 60_000 }, async () => {
    agent = startNativeAgent(asNobody);
    await agent.channel.hello;
    const run = rawRunner(agent);
    const p = new ProgramBuilder('template');
    const file = p.open('/dev/null', open.O_RDWR);
    p.try.write(file, 'text');
    const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const child = p.child('child');
    child.try.chdir('/absent');
    child.try.execve('/absent', ['a', 'b'], ['c=d']);
    p.try.clone({ flags: 0, program: child });
    p.try.stream(near, 2, 3, 100);
    p.try.listener(far, 4, 100);
    p.try.getsockopt(far, 1, 4, 16);
    const template = encodeProgram(p.build());
    const mutation = fc.array(fc.tuple(fc.nat(template.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 6,
    });
    const mutated = mutation.map((changes) => {
      const copy = template.slice();
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), async (program) => {
        await run(program);
        // Streams that a mutation left open are stopped, whatever their id.
        agent.socket.write(encodeFrame(FrameType.stop, 2, new Uint8Array(4)));
        agent.socket.write(encodeFrame(FrameType.eof, 2));
      }),
      { numRuns: 1500 },
    );
    await agent.channel.run(nothing);
  });

  it('takes frames for streams in any order and of any content', async () => {
    agent = startNativeAgent(asNobody);
    await agent.channel.hello;
    const before = agent.openFds();
    const frame = fc.tuple(fc.constantFrom(3, 4, 5, 6), fc.nat(9), fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
        const p = new ProgramBuilder('streams');
        for (const id of [2, 4]) {
          const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
          p.try.stream(near, id, 3, 0);
          p.try.stream(far, id + 4, 3, 0);
        }
        await agent.attempt(p.build());
        for (const [type, id, payload] of frames) agent.socket.write(encodeFrame(type, id, payload));
        for (const id of [2, 4, 6, 8]) {
          agent.socket.write(encodeFrame(FrameType.stop, id, new Uint8Array(4)));
          agent.socket.write(encodeFrame(FrameType.eof, id));
        }
        await agent.channel.run(nothing);
      }),
      { numRuns: 200 },
    );
    expect(agent.openFds()).toEqual(before);
  });

  it('takes no more for a stream than it has granted, and says so', async () => {
    agent = startNativeAgent();
    const p = new ProgramBuilder('reader that does not read');
    const [near, far] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const [id, idle] = [agent.channel.allocateStream(), agent.channel.allocateStream()];
    p.stream(near, id, 2, 0);
    p.stream(far, idle, 1, 0);
    await agent.channel.run(p.build());
    const failed = agent.channel.stream(id).writable.getWriter().closed;
    for (let i = 0; i < 40; i++) agent.socket.write(encodeFrame(FrameType.data, id, new Uint8Array(30_000)));
    await expect(failed).rejects.toMatchObject({ code: 'EPROTO' });
    await agent.channel.stream(idle).readable.cancel();
  });

  it('reports that it has no descriptors left, and has them again', async () => {
    agent = startNativeAgent();
    await agent.channel.hello;
    const before = agent.openFds();
    const hard = Number(
      /^Max open files +\d+ +(\d+)/m.exec(readFileSync(`/proc/${agent.process.pid}/limits`, 'utf8'))![1],
    );
    const limit = (soft: number): Uint8Array => new ByteWriter(16).u64(soft).u64(hard).finish();
    const p = new ProgramBuilder('exhaust');
    p.prlimit64(0, rlimit.RLIMIT_NOFILE, limit(20));
    const opened = Array.from({ length: 20 }, () => p.try.open('/dev/null', open.O_RDONLY));
    const pipe = p.try.pipe()[0];
    const child = p.child('child');
    child.execve('/bin/true', ['true'], []);
    const started = p.try.clone({ flags: 0, program: child });
    p.always.prlimit64(0, rlimit.RLIMIT_NOFILE, limit(4096));
    const result = await agent.channel.run(p.build());
    expect(result.value(opened.at(-1)!)).toBe(-EMFILE);
    expect(result.value(pipe)).toBe(-EMFILE);
    expect(result.value(started)).toBe(-EMFILE);
    expect(agent.openFds()).toEqual(before);
    const again = new ProgramBuilder('again');
    again.open('/dev/null', open.O_RDONLY);
    await agent.channel.run(again.build());
  });

  it('reports that it has no memory left', async () => {
    agent = startNativeAgent({ asan: 'max_allocation_size_mb=1' });
    const p = new ProgramBuilder('large');
    p.try.rmdir(`/${'x'.repeat(MAX_FRAME_PAYLOAD - 100)}`);
    const run = rawRunner(agent);
    expect(await run(encodeProgram(p.build()))).toBe(-ENOMEM);
    await agent.channel.run(nothing);
  });

  it('keeps no more than its limit for a host that does not read, and goes on when it does', async () => {
    agent = startNativeAgent();
    await agent.channel.hello;
    const before = agent.openFds();
    const p = new ProgramBuilder('flood');
    const ids: number[] = [];
    for (let i = 0; i < 8; i++) {
      const id = agent.channel.allocateStream();
      p.stream(p.open('/dev/zero', open.O_RDONLY), id, 1, 64 * 1024 * 1024);
      ids.push(id);
    }
    const readers = ids.map((id) => agent.channel.stream(id).readable.getReader());
    agent.socket.pause();
    const opened = agent.channel.run(p.build());
    // Programs sent meanwhile wait in the agent's socket, not in its memory.
    const large = new ProgramBuilder('large');
    large.readFile('/dev/zero', 512 * 1024);
    const later = Array.from({ length: 20 }, () => agent.channel.run(large.build()));
    agent.socket.resume();
    await opened;
    await Promise.all(later);
    const counts = await Promise.all(readers.map(async (reader) => (await reader.read()).value!.length));
    expect(Math.min(...counts)).toBeGreaterThan(0);
    await Promise.all(readers.map((reader) => reader.cancel()));
    await agent.channel.run(nothing);
    expect(agent.openFds()).toEqual(before);
  });
});
