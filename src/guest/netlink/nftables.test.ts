// The nftables encoders, judged by a real kernel: `nft list ruleset` says what it understood, and real connections pass
// or do not.

import { describe, expect, test } from 'vitest';
import { type Step, peerPid, playNatively, whyNoNativeNetlink } from '../../../test/support/native-netlink.ts';
import { addAddress } from './address.ts';
import { bridgeRules, dockerTable, publishPort, removeBridgeRules, unpublishPort } from './bridge-rules.ts';
import { createBridge, createVeth, setLink } from './link.ts';
import { acknowledgements, batch, firstFailure } from './message.ts';
import { accept, counter, ct, drop, ip, meta, snat } from './nft-rule.ts';
import { addChain, addRule, addTable, deleteTable, priority, transaction } from './nftables.ts';

const filter = (messages: Uint8Array[]): Step => ({ send: transaction(messages), protocol: 'netfilter' });
const list: Step = { run: ['nft', '-s', 'list', 'ruleset'] };
const docker0 = { bridge: 'docker0', subnet: '172.17.0.0/16' };
const web = { protocol: 'tcp', hostIp: '', hostPort: 8080, containerIp: '172.17.0.2', containerPort: 80 } as const;

const why = whyNoNativeNetlink(['nft', 'ip']);
describe.skipIf(why)(`nftables in a real kernel${why ? ` (${why})` : ''}`, () => {
  test("Docker's rules are understood as meant, and every message is acknowledged", () => {
    const messages = [
      ...dockerTable(),
      ...bridgeRules(docker0),
      ...publishPort(web),
      ...publishPort({ ...web, protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53 }),
    ];
    const [sent, listed] = playNatively([filter(messages), list]);
    expect(acknowledgements(sent!.replies)).toEqual(messages.map((_, index) => ({ sequence: index + 1, errno: 0 })));
    expect(listed!.output).toMatchInlineSnapshot(`
      "table ip docker {
      	map published-on-address {
      		type ipv4_addr . inet_proto . inet_service : verdict
      		elements = { 127.0.0.1 . udp . 5353 : jump port-127.0.0.1-5353-udp }
      	}

      	map published {
      		type inet_proto . inet_service : verdict
      		elements = { tcp . 8080 : jump port-8080-tcp }
      	}

      	chain ports {
      		ip daddr . meta l4proto . th dport vmap @published-on-address
      		meta l4proto . th dport vmap @published
      	}

      	chain prerouting {
      		type nat hook prerouting priority dstnat; policy accept;
      		fib daddr type local jump ports
      	}

      	chain output {
      		type nat hook output priority -100; policy accept;
      		fib daddr type local jump ports
      	}

      	chain docker0-forward {
      		type filter hook forward priority filter; policy accept;
      		oifname "docker0" ct state established,related accept
      		iifname "docker0" oifname "docker0" accept
      		oifname "docker0" ct status dnat accept
      		oifname "docker0" drop
      	}

      	chain docker0-input {
      		type filter hook input priority filter; policy accept;
      		ct state established,related accept
      		iifname "docker0" ip daddr 127.0.0.0/8 drop
      	}

      	chain docker0-postrouting {
      		type nat hook postrouting priority srcnat; policy accept;
      		ip saddr 172.17.0.0/16 oifname != "docker0" masquerade
      		ip saddr 172.17.0.0/16 oifname "docker0" ct status dnat masquerade
      		oifname "docker0" fib saddr type local ct status dnat masquerade
      	}

      	chain port-8080-tcp {
      		meta l4proto tcp counter dnat to 172.17.0.2:80
      	}

      	chain port-127.0.0.1-5353-udp {
      		meta l4proto udp counter dnat to 172.17.0.2:53
      	}
      }
      "
    `);
  });

  test('what was added goes as a unit', () => {
    const [first, second, listed] = playNatively([
      filter([
        ...dockerTable(),
        ...bridgeRules(docker0),
        ...publishPort(web),
        ...publishPort({ ...web, hostIp: '10.0.0.1' }),
      ]),
      filter([...unpublishPort(web), ...unpublishPort({ ...web, hostIp: '10.0.0.1' }), ...removeBridgeRules(docker0)]),
      list,
    ]);
    expect(firstFailure(first!.replies)).toBeUndefined();
    expect(firstFailure(second!.replies)).toBeUndefined();
    expect(listed!.output).not.toMatch(/docker0|8080|port-/);
    expect(listed!.output).toContain('chain prerouting');
  });

  test('a port published twice is refused, and nothing of that transaction stays', () => {
    const [, sent, listed] = playNatively([
      filter([...dockerTable(), ...publishPort(web)]),
      filter([...bridgeRules(docker0), ...publishPort({ ...web, containerIp: '172.17.0.3' })]),
      list,
    ]);
    expect(firstFailure(sent!.replies)).toMatchObject({ errno: 17, index: bridgeRules(docker0).length });
    expect(listed!.output).not.toMatch(/docker0|172\.17\.0\.3/);
  });

  test('networks: internal, without masquerade, without inter-container traffic', () => {
    const [sent, listed, removed, left] = playNatively([
      filter([
        ...dockerTable(),
        ...bridgeRules({ bridge: 'br-internal', subnet: '10.1.0.0/24', internal: true }),
        ...bridgeRules({ bridge: 'br-plain', subnet: '10.2.0.0/20', masquerade: false, icc: false }),
      ]),
      list,
      filter(removeBridgeRules({ bridge: 'br-internal', internal: true })),
      list,
    ]);
    expect(firstFailure(sent!.replies)).toBeUndefined();
    expect(listed!.output).toContain('iifname "br-internal" drop');
    expect(listed!.output).toContain('iifname "br-plain" oifname "br-plain" drop');
    expect(listed!.output).toContain('ip saddr 10.2.0.0/20 oifname "br-plain" ct status dnat masquerade');
    expect(listed!.output).not.toContain('br-plain" masquerade');
    expect(firstFailure(removed!.replies)).toBeUndefined();
    expect(left!.output).not.toContain('br-internal');
  });

  test('the remaining statements', () => {
    const chain = { type: 'filter', hook: 'input', priority: priority.filter, policy: 'drop' } as const;
    const [sent, listed, removed, left] = playNatively([
      filter([
        addTable('t'),
        addChain('t', 'c', chain),
        addRule('t', 'c', ip.daddr.isNot('10.0.0.1'), ct.state('invalid', 'new'), counter, drop),
        addRule('t', 'c', ip.saddr.is('10.0.0.0/13'), meta.iifname.isNot('lo'), accept),
        addChain('t', 's', { type: 'nat', hook: 'postrouting', priority: priority.srcnat }),
        addRule('t', 's', snat('10.0.0.9')),
      ]),
      list,
      filter([deleteTable('t')]),
      list,
    ]);
    expect(firstFailure(sent!.replies)).toBeUndefined();
    expect(listed!.output).toContain('type filter hook input priority filter; policy drop;');
    expect(listed!.output).toContain('ip daddr != 10.0.0.1 ct state invalid,new counter drop');
    expect(listed!.output).toContain('ip saddr 10.0.0.0/13 iifname != "lo" accept');
    expect(listed!.output).toContain('snat to 10.0.0.9');
    expect(firstFailure(removed!.replies)).toBeUndefined();
    expect(left!.output).toBe('');
  });

  // The second namespace is a container at 172.17.0.2 that says on port 80 who called.
  const container: Step[] = [
    {
      send: batch([
        createBridge({ name: 'docker0', index: 100, up: true }),
        addAddress(100, '172.17.0.1/16'),
        createVeth({ name: 'veth0', index: 101, master: 100, up: true }, { name: 'eth0', namespace: { pid: peerPid } }),
        setLink('lo', { up: true }),
        setLink(101, { hairpin: true }),
        // Stands for the host's way out: a bridge that nothing is plugged into.
        createBridge({ name: 'out', index: 102, up: true }),
        addAddress(102, '192.0.2.1/24'),
      ]),
      protocol: 'rtnetlink',
    },
    {
      run: [
        'sh',
        '-c',
        'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/docker0/route_localnet',
      ],
    },
    ...[
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', '172.17.0.2/16', 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
      ['route', 'add', 'default', 'via', '172.17.0.1'],
    ].map((argv) => ({ run: ['nsenter', '-t', '{PEER}', '-n', 'ip', ...argv] })),
  ];
  const script = `
import ctypes, os, socket, sys, threading
setns = lambda fd: ctypes.CDLL(None).setns(fd, 0x40000000)
host, container = (os.open(f"/proc/{pid}/ns/net", os.O_RDONLY) for pid in (os.getpid(), sys.argv[1]))
setns(container)
server = socket.create_server(("0.0.0.0", 80))
def serve():
    while True:
        connection, caller = server.accept()
        connection.sendall(caller[0].encode())
        connection.close()
threading.Thread(target=serve, daemon=True).start()
for target in sys.argv[2:]:
    place, address, port = target.split(",")
    setns(host if place == "host" else container)
    try:
        with socket.create_connection((address, int(port)), timeout=5) as client:
            print(client.recv(99).decode())
    except OSError as error:
        print(type(error).__name__)
`;
  const calls = (...targets: string[]): Step => ({ run: ['python3', '-c', script, '{PEER}', ...targets] });

  test('connections to a published port arrive, from everywhere', () => {
    const results = playNatively([
      ...container,
      filter([...dockerTable(), ...bridgeRules(docker0), ...publishPort(web)]),
      calls(
        'host,127.0.0.1,8080',
        'host,192.0.2.1,8080',
        'container,192.0.2.1,8080',
        'host,172.17.0.2,80',
        'host,127.0.0.1,8081',
      ),
      filter(unpublishPort(web)),
      calls('host,127.0.0.1,8080'),
    ]);
    expect(results.at(-3)!.output.trim().split('\n')).toEqual([
      '172.17.0.1',
      '172.17.0.1',
      '172.17.0.1',
      '172.17.0.1',
      'ConnectionRefusedError',
    ]);
    expect(results.at(-1)!.output.trim()).toBe('ConnectionRefusedError');
  });
});
