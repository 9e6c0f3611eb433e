import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ByteReader, ByteWriter, concatBytes } from '../lib/bytes.ts';
import { Channel } from './channel.ts';
import { encodeFrame, type Frame, FrameDecoder, FrameType } from './frames.ts';
import { ProgramBuilder } from './program-builder.ts';

/** An agent that answers as a test tells it to. */
let channel: Channel;
let writes: Uint8Array[];
let sent: Frame[];

beforeEach(() => {
  const decoder = new FrameDecoder();
  writes = [];
  sent = [];
  channel = new Channel((bytes) => {
    writes.push(bytes);
    sent.push(...decoder.push(bytes));
  });
});

const NOT_FAILED = 0xffffffff;
const u32 = (...values: number[]): Uint8Array =>
  values.reduce((writer, value) => writer.u32(value >>> 0), new ByteWriter()).finish();
const receive = (type: number, id: number, payload?: Uint8Array): void =>
  channel.receive(encodeFrame(type, id, payload));
/** Lets everything that is queued happen. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Results in which every op of a program returned the value at its index. */
const results = (...values: number[]): Uint8Array =>
  concatBytes([u32(NOT_FAILED, values.length), ...values.map((value, index) => u32(index, value, 0, 0, 0))]);

async function opened(mode: number, credit: number) {
  const id = channel.allocateStream();
  const p = new ProgramBuilder('open');
  p.stream(3, id, mode, credit);
  const duplex = channel.stream(id);
  const ran = channel.run(p.build());
  await settle();
  receive(FrameType.result, sent[0]!.id, results(0));
  await ran;
  sent.length = writes.length = 0;
  return { id, ...duplex };
}

const types = (): number[] => sent.map((frame) => frame.type);

describe('a channel', () => {
  it('says when the agent has started', async () => {
    receive(FrameType.hello, 1);
    await expect(channel.hello).resolves.toBeUndefined();
  });

  it('sends the programs of one turn together, and matches results in any order', async () => {
    const p = new ProgramBuilder('x');
    p.getpid();
    const first = channel.run(p.build());
    const second = channel.run(p.build());
    await settle();
    expect(writes.length).toBe(1);
    const [a, b] = sent.map((frame) => frame.id);
    receive(FrameType.result, b!, results(2));
    receive(FrameType.result, a!, results(1));
    expect((await first).ops[0]!.result).toBe(1);
    expect((await second).ops[0]!.result).toBe(2);
  });

  it('tells a trace of every program, with its times', async () => {
    channel.onProgram = vi.fn();
    const program = new ProgramBuilder('traced').build();
    const ran = channel.run(program);
    await settle();
    receive(FrameType.result, sent[0]!.id, results());
    const result = await ran;
    expect(channel.onProgram).toHaveBeenCalledExactlyOnceWith({
      program,
      result,
      error: undefined,
      sent: expect.any(Number),
      received: expect.any(Number),
    });
  });

  it('knows the end of a process even when it comes with the result', async () => {
    const p = new ProgramBuilder('x');
    const child = p.child('child');
    child.execve('/bin/true', ['true'], []);
    p.clone({ flags: 0, program: child });
    const seen: number[][] = [];
    channel.onExit((pid, status) => seen.push([pid, status]));
    const ran = channel.run(p.build());
    await settle();
    const inner = results(0);
    const result = encodeFrame(
      FrameType.result,
      sent[0]!.id,
      concatBytes([u32(NOT_FAILED, 1, 0, 321, 0, 0, inner.length), inner]),
    );
    channel.receive(concatBytes([result, encodeFrame(FrameType.exit, 321, u32(0x300))]));
    await ran;
    expect(await channel.exited(321)).toBe(0x300);
    expect(seen).toEqual([[321, 0x300]]);
    await expect(channel.exited(322)).rejects.toThrow('wait for process 322: no program started it');
  });

  it('keeps connections and events until somebody takes them', async () => {
    receive(FrameType.accept, 8, u32(1, 10, 20, 30));
    receive(FrameType.ready, 6, u32(5));
    const accepted = vi.fn();
    const ready = vi.fn();
    channel.onAccept(9, accepted);
    channel.onReady(7, ready);
    expect(accepted).not.toHaveBeenCalled();
    channel.onAccept(8, accepted);
    channel.onReady(6, ready);
    expect(accepted).toHaveBeenCalledExactlyOnceWith(channel.stream(1), { pid: 10, uid: 20, gid: 30 });
    expect(ready).toHaveBeenCalledExactlyOnceWith(5);
  });

  it("goes on after a handler's exception, which is nobody else's", async () => {
    const uncaught = new Promise((resolve) => {
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException').once('uncaughtException', (error) => {
        for (const listener of others) process.on('uncaughtException', listener);
        resolve(error);
      });
    });
    const fault = new Error('in the handler');
    channel.onAccept(8, () => {
      throw fault;
    });
    receive(FrameType.accept, 8, u32(1, 10, 20, 30));
    expect(await uncaught).toBe(fault);
    receive(FrameType.hello, 1);
    await expect(channel.hello).resolves.toBeUndefined();
  });

  it('fails everything when it is closed, and everything asked later', async () => {
    const { readable, writable } = await opened(3, 100);
    const p = new ProgramBuilder('x');
    const running = channel.run(p.build());
    const reading = readable.getReader().read();
    const writing = writable.getWriter().write(new Uint8Array(100_000));
    const lost = new Error('the guest is gone');
    channel.close(lost);
    for (const promise of [running, reading, writing, channel.hello, channel.run(p.build()), channel.exited(1)]) {
      await expect(promise).rejects.toBe(lost);
    }
    await expect(channel.stream(2).readable.getReader().read()).rejects.toBe(lost);
  });

  it('is closed by bytes that are no frames', async () => {
    const running = channel.run(new ProgramBuilder('x').build());
    channel.receive(new Uint8Array(12).fill(255));
    await expect(running).rejects.toThrow('a payload of 4294967295 bytes is longer than 1048576');
  });
});

describe("a channel's stream", () => {
  it('writes nothing before the agent has it, nor more than the credit there is', async () => {
    const id = channel.allocateStream();
    const p = new ProgramBuilder('open');
    p.stream(3, id, 2, 0);
    const writer = channel.stream(id).writable.getWriter();
    const written = writer.write(new Uint8Array(100_000));
    const ran = channel.run(p.build());
    await settle();
    expect(types()).toEqual([FrameType.run]);
    receive(FrameType.result, sent[0]!.id, results(0));
    await ran;
    await settle();
    expect(sent.slice(1).map((frame) => frame.payload.length)).toEqual([65536]);
    receive(FrameType.credit, id, u32(40_000));
    await written;
    expect(sent.slice(2).map((frame) => frame.payload.length)).toEqual([34_464]);
    await writer.close();
    expect(types().at(-1)).toBe(FrameType.eof);
  });

  it('returns credit as its bytes are read, not as they come', async () => {
    const { id, readable } = await opened(1, 1000);
    for (let i = 0; i < 4; i++) receive(FrameType.data, id, new Uint8Array(250));
    await settle();
    expect(sent).toEqual([]);
    const reader = readable.getReader();
    await reader.read();
    await settle();
    expect(sent.map((frame) => [frame.type, new ByteReader(frame.payload).u32()])).toEqual([[FrameType.credit, 250]]);
  });

  it('reads on after the guest has ended, and then ends', async () => {
    const { id, readable } = await opened(1, 1000);
    receive(FrameType.data, id, Uint8Array.of(1));
    receive(FrameType.data, id, Uint8Array.of(2));
    receive(FrameType.eof, id);
    const read: number[] = [];
    for await (const chunk of readable) read.push(...chunk);
    expect(read).toEqual([1, 2]);
  });

  it('fails writes when the guest reads no more, with the reason', async () => {
    const { id, writable } = await opened(3, 1000);
    const writer = writable.getWriter();
    const waiting = writer.write(new Uint8Array(100_000));
    await settle();
    receive(FrameType.stop, id, u32(32));
    await expect(waiting).rejects.toMatchObject({ code: 'EPIPE', message: 'write: Broken pipe' });
    await expect(writer.closed).rejects.toMatchObject({ code: 'EPIPE' });
  });

  it('tells the guest when it is not read, and drops what comes all the same', async () => {
    const { id, readable } = await opened(1, 1000);
    receive(FrameType.data, id, new Uint8Array(10));
    await readable.cancel();
    await settle();
    expect(types()).toEqual([FrameType.stop]);
    receive(FrameType.data, id, new Uint8Array(10));
    receive(FrameType.eof, id);
    await settle();
    expect(types()).toEqual([FrameType.stop]);
  });

  it('can be aborted while a write waits for credit', async () => {
    const { writable } = await opened(2, 0);
    const writer = writable.getWriter();
    const waiting = writer.write(new Uint8Array(100_000)).catch(() => {});
    await settle();
    await writer.abort();
    await waiting;
    await settle();
    expect(types().at(-1)).toBe(FrameType.eof);
  });

  it('is saved with the bytes nobody has read', async () => {
    const { id, readable } = await opened(1, 1000);
    receive(FrameType.data, id, Uint8Array.of(1, 2, 3));
    const half = encodeFrame(FrameType.data, id, Uint8Array.of(4, 5));
    channel.receive(half.subarray(0, 13));
    const state = JSON.parse(JSON.stringify(channel.save())) as ReturnType<Channel['save']>;
    const later = new Channel(() => {}, state);
    later.receive(half.subarray(13));
    later.receive(encodeFrame(FrameType.eof, id));
    const read: number[] = [];
    for await (const chunk of later.stream(id).readable) read.push(...chunk);
    expect(read).toEqual([1, 2, 3, 4, 5]);
    expect(later.allocateStream()).toBe(channel.allocateStream());
    await readable.cancel();
  });

  it('cannot be saved while a program runs', async () => {
    void channel.run(new ProgramBuilder('x').build()).catch(() => {});
    expect(() => channel.save()).toThrow('save channel: 1 programs are running');
  });
});
