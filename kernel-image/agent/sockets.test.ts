import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressFamily, netlinkProtocol, socketLevel, socketOption, socketType } from '../../src/guest/linux.ts';
import { ProgramBuilder } from '../../src/guest/program-builder.ts';
import { ByteReader, ByteWriter, decodeUtf8 } from '../../src/lib/bytes.ts';
import { type NativeAgent, startNativeAgent } from './native-agent.ts';

const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const EFAULT = 14;
const ENODEV = 19;
const EBADMSG = 74;
const ENOBUFS = 105;

let agent: NativeAgent;

beforeEach(() => {
  agent = startNativeAgent();
});

afterEach(async () => {
  expect(await agent.stop(), agent.log()).toBe(0);
});

/** An rtnetlink request about the interface with an index (0: none in particular). */
const linkRequest = (type: number, flags: number, sequence: number, index = 0): Uint8Array =>
  new ByteWriter(32).u32(32).u16(type).u16(flags).u32(sequence).u32(0).u32(0).i32(index).u32(0).u32(0).finish();

const routeSocket = (p: ProgramBuilder) =>
  p.socket(addressFamily.AF_NETLINK, socketType.SOCK_RAW, netlinkProtocol.NETLINK_ROUTE);

describe('netlink', () => {
  it('returns a whole dump, which takes several reads', async () => {
    const p = new ProgramBuilder('dump');
    const dump = p.netlink(routeSocket(p), linkRequest(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 7), 256 * 1024);
    const result = await agent.channel.run(p.build());
    const reader = new ByteReader(result.output(dump));
    const types: number[] = [];
    while (reader.remaining > 0) {
      const length = reader.u32();
      types.push(reader.u16());
      reader.skip(length - 6 + ((4 - (length % 4)) % 4));
    }
    expect(types.at(-1)).toBe(3);
    expect(types.length - 1).toBeGreaterThanOrEqual(Object.keys(networkInterfaces()).length);
  });

  it('fails with the first error the kernel answers, whose reply is returned', async () => {
    const p = new ProgramBuilder('batch');
    const messages = new ByteWriter(64)
      .bytes(linkRequest(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 1))
      .bytes(linkRequest(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, 2, 0x7ffffff))
      .finish();
    const socket = routeSocket(p);
    const failed = p.try.netlink(socket, messages, 64 * 1024);
    const tooSmall = p.try.netlink(socket, linkRequest(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 3), 64);
    const good = p.netlink(socket, linkRequest(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 4, 1), 64 * 1024);
    const malformed = p.try.netlink(socket, linkRequest(RTM_GETLINK, NLM_F_REQUEST, 5).subarray(0, 20), 64);
    const result = await agent.channel.run(p.build());
    expect(result.value(failed)).toBe(-ENODEV);
    expect(result.output(failed).length).toBeGreaterThan(32);
    expect(result.value(tooSmall)).toBe(-ENOBUFS);
    expect(result.value(good)).toBe(result.output(good).length);
    expect(result.value(malformed)).toBe(-EBADMSG);
  });
});

describe('sockets', () => {
  it('carry descriptors from a child', async () => {
    const p = new ProgramBuilder('pass');
    const [outside, inside] = p.socketpair(addressFamily.AF_UNIX, socketType.SOCK_STREAM);
    const child = p.child('child');
    const made = child.memfd_create('made inside');
    child.write(made, 'from the child');
    child.sendFd(inside, made);
    p.clone({ flags: 0, program: child });
    const received = p.receiveFd(outside);
    const text = p.pread64(received, 100, 0);
    p.close(inside);
    const nothing = p.try.receiveFd(outside);
    const result = await agent.channel.run(p.build());
    expect(decodeUtf8(result.output(text))).toBe('from the child');
    expect(result.value(nothing)).toBe(-32);
  });

  it('tell their options and addresses in the length the kernel says', async () => {
    const p = new ProgramBuilder('options');
    const socket = p.socket(addressFamily.AF_INET, socketType.SOCK_STREAM);
    p.setsockopt(socket, socketLevel.SOL_SOCKET, socketOption.SO_REUSEADDR, new ByteWriter(4).u32(1).finish());
    const option = p.getsockopt(socket, socketLevel.SOL_SOCKET, socketOption.SO_REUSEADDR, 100);
    p.bind(
      socket,
      new ByteWriter(16)
        .u16(addressFamily.AF_INET)
        .u16(0)
        .bytes(Uint8Array.of(127, 0, 0, 1))
        .zeros(8)
        .finish(),
    );
    const name = p.getsockname(socket, 128);
    const without = p.try.getsockname(socket, null);
    const result = await agent.channel.run(p.build());
    expect([...result.output(option)]).toEqual([1, 0, 0, 0]);
    expect(result.output(name).length).toBe(16);
    expect(result.value(without)).toBe(-EFAULT);
  });
});
