import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'nginx'] });
});

afterAll(() => guest.stop());

/** What a shell script prints in a new busybox container. */
const run = (script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--rm', ...flags, 'busybox', 'sh', '-c', script);

/** A script that prints a server's page, once it serves. */
const fetchPage = (address: string): string =>
  `for i in $(seq 30); do wget -qO- http://${address}/ 2>/dev/null && exit; sleep 0.3; done`;

/** The addresses on the bridge, by the container's ID. */
async function connected(): Promise<Record<string, { Name: string; IPv4Address: string }>> {
  const [network] = JSON.parse(await guest.docker('inspect', '--type', 'network', 'bridge'));
  return network.Containers;
}

const addressOf = (name: string): Promise<string> =>
  guest.docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', name);

describe('the default bridge', () => {
  it('gives a container an address, a route and names', async () => {
    await guest.docker('run', '-d', '--name', 'one', '-h', 'box', 'busybox', 'sleep', '1000');
    const address = await addressOf('one');
    expect(address).toMatch(/^172\.17\.0\.\d+$/);
    const inside = (command: string) => guest.docker('exec', 'one', 'sh', '-c', command);
    expect(await inside('ip -o -4 addr show dev eth0')).toContain(`inet ${address}/16 brd 172.17.255.255`);
    expect(await inside('ip route')).toBe(
      `default via 172.17.0.1 dev eth0 \n172.17.0.0/16 dev eth0 scope link  src ${address} `,
    );
    expect(await inside('ip -o link | cut -d" " -f2')).toBe(
      'lo:\neth0@if' + /@if(\d+)/.exec(await inside('ip -o link show eth0'))![1] + ':',
    );
    expect(await inside('cat /sys/class/net/eth0/address')).toBe(
      await guest.docker('inspect', '-f', '{{.NetworkSettings.MacAddress}}', 'one'),
    );
    expect(await inside('hostname; cat /etc/hostname; grep box /etc/hosts')).toBe(`box\nbox\n${address}\tbox`);
    await guest.docker('rm', '-f', 'one');
  });

  it('connects containers with each other and with the host', async () => {
    await guest.docker('run', '-d', '--name', 'left', 'busybox', 'sleep', '1000');
    await guest.docker('run', '-d', '--name', 'right', 'busybox', 'sleep', '1000');
    const [left, right] = [await addressOf('left'), await addressOf('right')];
    expect(left).not.toBe(right);
    expect(await guest.docker('exec', 'left', 'ping', '-c', '1', '-W', '5', right)).toContain('1 packets received');
    expect(await guest.docker('exec', 'right', 'ping', '-c', '1', '-W', '5', '172.17.0.1')).toContain(
      '1 packets received',
    );
    expect(await guest.host(`ping -c 1 -W 5 ${left}`)).toContain('1 packets received');
    await guest.docker('rm', '-f', 'left', 'right');
  });

  it('serves nginx’s page to the host', async () => {
    await guest.docker('run', '-d', '--name', 'web', 'nginx');
    const address = await addressOf('web');
    expect(await guest.host(fetchPage(address))).toContain('<title>Welcome to nginx!</title>');
    expect(await run(fetchPage(address))).toContain('<title>Welcome to nginx!</title>');
    expect(await guest.docker('stop', 'web')).toBe('web');
    expect(await guest.docker('inspect', '-f', '{{.State.ExitCode}}', 'web')).toBe('0');
    await guest.docker('rm', 'web');
  });

  it('shows in network inspect who is connected', async () => {
    const id = await guest.docker('run', '-d', '--name', 'member', 'busybox', 'sleep', '1000');
    expect(await connected()).toMatchObject({
      [id]: { Name: 'member', IPv4Address: `${await addressOf('member')}/16` },
    });
    await guest.docker('rm', '-f', 'member');
    expect(await connected()).toEqual({});
  });

  it('takes the MAC address asked for, and no IP address', async () => {
    expect(await run('cat /sys/class/net/eth0/address', '--mac-address', '02:42:ac:11:00:77')).toBe(
      '02:42:ac:11:00:77',
    );
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--ip', '172.17.0.99', 'busybox', 'true');
    expect(stderr).toContain(
      'invalid config for network bridge: invalid endpoint settings:\n* user specified IP address is supported on user defined networks only\n',
    );
    expect(exitCode).toBe(125);
  });

  it('gives an address back when a container ends', async () => {
    await run('true');
    expect(await connected()).toEqual({});
    expect(await guest.host('ls -A /run/docker/netns')).toBe('');
  });
});

describe('--network', () => {
  it('none leaves the loopback alone', async () => {
    expect(await run('ip -o addr | cut -d" " -f2,5-7 | tr -s " "; ip route', '--network', 'none')).toContain('lo');
    expect(await run('ls /sys/class/net; cat /sys/class/net/lo/operstate; ip route', '--network', 'none')).toBe(
      'lo\nunknown',
    );
    expect(await run('ping -c 1 -W 5 127.0.0.1 | grep -c "1 packets received"', '--network', 'none')).toBe('1');
  });

  it('host is the host’s', async () => {
    expect(await run('ls /sys/class/net; hostname', '--network', 'host')).toBe(
      await guest.host('ls /sys/class/net; hostname'),
    );
  });

  it('container:X is X’s, hosts file and all', async () => {
    await guest.docker('run', '-d', '--name', 'server', 'nginx');
    const address = await addressOf('server');
    const script = `ip -o -4 addr show dev eth0 | grep -c ${address}; grep -c ${address} /etc/hosts; ${fetchPage('127.0.0.1')}`;
    expect(await run(script, '--network', 'container:server')).toMatch(/^1\n1\n[^]*Welcome to nginx/);
    await guest.docker('rm', '-f', 'server');
    const { stderr, exitCode } = await guest.tryDocker(
      'run',
      '--rm',
      '--network',
      'container:server',
      'busybox',
      'true',
    );
    expect(stderr).toContain('docker: Error response from daemon: No such container: server');
    expect(exitCode).toBe(125);
  });

  it('refuses a network that is not there', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '--network', 'nosuch', 'busybox', 'true');
    expect(stderr).toContain(
      'docker: Error response from daemon: failed to set up container networking: network nosuch not found',
    );
    expect(exitCode).toBe(125);
  });
});

describe('names', () => {
  it('come from --add-host, --dns and its kin', async () => {
    const flags = [
      '--add-host',
      'db:10.0.0.5',
      '--add-host',
      'gateway:host-gateway',
      '--dns',
      '9.9.9.9',
      '--dns-search',
      'example.org',
      '--dns-option',
      'ndots:2',
    ];
    const output = await run('grep -Ew "db|gateway" /etc/hosts; grep -Ev "^(#|$)" /etc/resolv.conf', ...flags);
    expect(output).toBe('10.0.0.5\tdb\n172.17.0.1\tgateway\nnameserver 9.9.9.9\nsearch example.org\noptions ndots:2');
  });

  it('may be changed by the container, and last until it is started again', async () => {
    await guest.docker(
      'run',
      '--name',
      'named',
      'busybox',
      'sh',
      '-c',
      'grep -c extra /etc/hosts; echo 1.2.3.4 extra >>/etc/hosts; cat /etc/hosts | grep -c extra',
    );
    expect(await guest.docker('logs', 'named')).toBe('0\n1');
    await guest.docker('rm', 'named');
  });
});

describe('--link', () => {
  it('names the other container, and tells of its ports and environment', async () => {
    const other = ['--expose', '80-81', '--expose', '53/udp', '-e', 'KEY=value', '-h', 'box'];
    await guest.docker('run', '-d', '--name', 'linked', ...other, 'busybox', 'sleep', '1000');
    const address = await addressOf('linked');
    const output = await run(
      'grep box /etc/hosts; env | grep ^THE_ALIAS | sort',
      '--link',
      'linked:the-alias',
      '--name',
      'me',
    );
    expect(output.split('\n')).toEqual([
      `${address}\tthe-alias box linked`,
      'THE_ALIAS_ENV_KEY=value',
      'THE_ALIAS_NAME=/me/the-alias',
      `THE_ALIAS_PORT=tcp://${address}:80`,
      `THE_ALIAS_PORT_53_UDP=udp://${address}:53`,
      `THE_ALIAS_PORT_53_UDP_ADDR=${address}`,
      'THE_ALIAS_PORT_53_UDP_PORT=53',
      'THE_ALIAS_PORT_53_UDP_PROTO=udp',
      `THE_ALIAS_PORT_80_TCP=tcp://${address}:80`,
      `THE_ALIAS_PORT_80_TCP_ADDR=${address}`,
      `THE_ALIAS_PORT_80_TCP_END=tcp://${address}:81`,
      'THE_ALIAS_PORT_80_TCP_PORT=80',
      'THE_ALIAS_PORT_80_TCP_PORT_END=81',
      'THE_ALIAS_PORT_80_TCP_PORT_START=80',
      'THE_ALIAS_PORT_80_TCP_PROTO=tcp',
      `THE_ALIAS_PORT_80_TCP_START=tcp://${address}:80`,
      `THE_ALIAS_PORT_81_TCP=tcp://${address}:81`,
      `THE_ALIAS_PORT_81_TCP_ADDR=${address}`,
      'THE_ALIAS_PORT_81_TCP_PORT=81',
      'THE_ALIAS_PORT_81_TCP_PROTO=tcp',
    ]);
    await guest.docker('rm', '-f', 'linked');
  });

  it('wants a container that is there and runs', async () => {
    const missing = await guest.tryDocker('run', '--rm', '--link', 'nosuch:x', 'busybox', 'true');
    expect(missing.stderr).toContain('could not get container for nosuch: No such container: nosuch');
    expect(missing.exitCode).toBe(125);
    await guest.docker('create', '--name', 'idle', 'busybox');
    const idle = await guest.tryDocker('run', '--rm', '--name', 'me', '--link', 'idle:x', 'busybox', 'true');
    expect(idle.stderr).toContain('Cannot link to a non running container: /idle AS /me/x');
    await guest.docker('rm', 'idle');
  });
});
