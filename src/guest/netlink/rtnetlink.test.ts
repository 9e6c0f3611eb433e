// The rtnetlink encoders, judged by a real kernel: what was sent is compared with what `ip` then shows.

import { describe, expect, test } from 'vitest';
import {
  type Step,
  peerDescriptor,
  peerPid,
  playNatively,
  whyNoNativeNetlink,
} from '../../../test/support/native-netlink.ts';
import {
  addAddress,
  addRoute,
  decodeAddresses,
  decodeNeighbours,
  decodeRoutes,
  deleteAddress,
  deleteRoute,
  dumpAddresses,
  dumpNeighbours,
  dumpRoutes,
} from './address.ts';
import { createBridge, createVeth, decodeLinks, deleteLink, dumpLinks, getLink, setLink } from './link.ts';
import { acknowledgements, batch, firstFailure, netlinkMessage, textAttribute } from './message.ts';

const send = (...messages: Uint8Array[]): Step => ({ send: batch(messages), protocol: 'rtnetlink' });
const ip = (...argv: string[]): Step => ({ run: ['ip', '-j', '-d', ...argv] });
const ipInPeer = (...argv: string[]): Step => ({ run: ['nsenter', '-t', '{PEER}', '-n', 'ip', '-j', '-d', ...argv] });

describe('message', () => {
  test('frames attributes on four bytes and numbers a batch', () => {
    const message = netlinkMessage(16, 4, new Uint8Array(2), [textAttribute(3, 'abc')]);
    expect(Buffer.from(batch([message, message], 7)).toString('hex')).toBe(
      ['1c00000010000500', '07000000', '00000000', '00000000', '0800030061626300']
        .concat(['1c00000010000500', '08000000', '00000000', '00000000', '0800030061626300'])
        .join(''),
    );
  });
});

const why = whyNoNativeNetlink(['ip']);
describe.skipIf(why)(`rtnetlink in a real kernel${why ? ` (${why})` : ''}`, () => {
  const bridge = createBridge({ name: 'docker0', index: 100, mac: '02:42:01:02:03:04', mtu: 1400, up: true });
  const pair = (namespace: { pid: number } | { fd: number }) =>
    createVeth(
      { name: 'veth1234567', index: 101, mac: '7a:00:00:00:00:01', mtu: 1400, master: 100, up: true },
      { name: 'eth0', index: 42, mac: '02:42:ac:11:00:02', mtu: 1400, namespace },
    );

  test('a bridge with its address in one batch', () => {
    const [sent, link, address] = playNatively([
      send(bridge, addAddress(100, '172.17.0.1/16'), addAddress(100, 'fd00:1::1/64')),
      ip('link', 'show', 'docker0'),
      ip('addr', 'show', 'docker0'),
    ]);
    expect(acknowledgements(sent!.replies).map(({ sequence, errno }) => [sequence, errno])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    const [shown] = JSON.parse(link!.output);
    expect(shown).toMatchObject({
      ifindex: 100,
      address: '02:42:01:02:03:04',
      mtu: 1400,
      linkinfo: { info_kind: 'bridge' },
    });
    expect(shown.flags).toContain('UP');
    const addresses = JSON.parse(address!.output)[0].addr_info;
    expect(addresses[0]).toMatchObject({
      local: '172.17.0.1',
      prefixlen: 16,
      broadcast: '172.17.255.255',
      scope: 'global',
    });
    expect(addresses[1]).toMatchObject({ local: 'fd00:1::1', prefixlen: 64, nodad: true });
  });

  test.each([
    ['pid', { pid: peerPid }],
    ['descriptor', { fd: peerDescriptor }],
  ])('a veth pair whose peer starts in another namespace, named by %s', (_, namespace) => {
    const [sent, mine, theirs] = playNatively([
      send(bridge, pair(namespace), setLink('veth1234567', { hairpin: true })),
      ip('link', 'show', 'veth1234567'),
      ipInPeer('link', 'show', 'eth0'),
    ]);
    expect(firstFailure(sent!.replies)).toBeUndefined();
    const [link] = JSON.parse(mine!.output);
    expect(link).toMatchObject({ ifindex: 101, master: 'docker0', mtu: 1400, link_index: 42 });
    expect(link.flags).toContain('UP');
    expect(link.linkinfo.info_slave_data.hairpin).toBe(true);
    expect(JSON.parse(theirs!.output)[0]).toMatchObject({ ifindex: 42, address: '02:42:ac:11:00:02', link_index: 101 });
  });

  test('links change by index and by name, addresses and routes come and go', () => {
    const [changed, shown, removed, addresses, routes, links] = playNatively([
      send(
        bridge,
        pair({ pid: peerPid }),
        setLink('lo', { up: true }),
        setLink(101, { name: 'renamed', mtu: 1300, mac: '7a:00:00:00:00:02', master: null }),
        addAddress(100, '10.1.0.1/24'),
        addAddress(100, '10.2.0.1/31'),
        addRoute({ gateway: '10.1.0.254' }),
        addRoute({ destination: '10.9.0.0/16', gateway: '10.1.0.253', index: 100 }),
        addRoute({ destination: '10.8.0.0/16', index: 100 }),
      ),
      ip('route'),
      send(
        deleteAddress(100, '10.2.0.1/31'),
        deleteRoute({ destination: '10.8.0.0/16', index: 100 }),
        deleteLink('renamed'),
      ),
      ip('addr', 'show', 'docker0'),
      ip('route'),
      ip('link'),
    ]);
    expect(firstFailure(changed!.replies)).toBeUndefined();
    expect(JSON.parse(shown!.output)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ dst: 'default', gateway: '10.1.0.254', dev: 'docker0' }),
        expect.objectContaining({ dst: '10.9.0.0/16', gateway: '10.1.0.253' }),
        expect.objectContaining({ dst: '10.8.0.0/16', scope: 'link' }),
      ]),
    );
    expect(firstFailure(removed!.replies)).toBeUndefined();
    const left = JSON.parse(addresses!.output)[0].addr_info.map(({ local }: { local: string }) => local);
    expect(left).toContain('10.1.0.1');
    expect(left).not.toContain('10.2.0.1');
    expect(JSON.parse(routes!.output).map(({ dst }: { dst: string }) => dst)).not.toContain('10.8.0.0/16');
    const names = JSON.parse(links!.output).map(({ ifname }: { ifname: string }) => ifname);
    expect(names).toContain('lo');
    expect(names).not.toContain('renamed');
  });

  test('a failure names its message and does not stop the others', () => {
    const [sent, links] = playNatively([
      send(bridge, bridge, createBridge({ name: 'br-late' })),
      ip('link', 'show', 'br-late'),
    ]);
    expect(firstFailure(sent!.replies)).toMatchObject({ index: 1, errno: 17 });
    expect(JSON.parse(links!.output)[0].ifname).toBe('br-late');
  });

  test('dumps read back as what was set', () => {
    const results = playNatively([
      send(bridge, pair({ pid: peerPid }), addAddress(100, '172.17.0.1/16'), setLink('lo', { up: true })),
      { run: ['ip', 'neigh', 'add', '172.17.0.2', 'lladdr', '02:42:ac:11:00:02', 'dev', 'docker0'] },
      send(dumpLinks()),
      send(getLink('veth1234567')),
      send(dumpAddresses()),
      send(dumpRoutes()),
      send(dumpNeighbours()),
    ]).map(({ replies }) => replies);
    expect(decodeLinks(results[2]!)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ index: 1, name: 'lo', up: true, kind: '' }),
        expect.objectContaining({ index: 100, name: 'docker0', kind: 'bridge', mtu: 1400, mac: '02:42:01:02:03:04' }),
        expect.objectContaining({ index: 101, name: 'veth1234567', kind: 'veth', master: 100, link: 42 }),
      ]),
    );
    expect(decodeLinks(results[3]!)).toEqual([
      expect.objectContaining({ index: 101, statistics: expect.objectContaining({ rxBytes: 0, rxErrors: 0 }) }),
    ]);
    expect(decodeAddresses(results[4]!)).toContainEqual({
      index: 100,
      address: '172.17.0.1',
      prefix: 16,
      scope: 0,
      broadcast: '172.17.255.255',
    });
    expect(decodeRoutes(results[5]!)).toContainEqual(
      expect.objectContaining({ destination: '172.17.0.0/16', index: 100, table: 254, type: 1 }),
    );
    expect(decodeNeighbours(results[6]!)).toContainEqual(
      expect.objectContaining({ index: 100, address: '172.17.0.2', mac: '02:42:ac:11:00:02', state: 0x80 }),
    );
  });
});
