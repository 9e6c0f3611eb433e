import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'nginx'] });
  await guest.docker('run', '-d', '--name', 'web', '-p', '8080:80', '-p', '127.0.0.1:8090:80', 'nginx');
});

afterAll(() => guest.stop());

const title = '<title>Welcome to nginx!</title>';

/** What a client says that asks for a page until it gets one. */
const fetchPage = (url: string): string =>
  `for i in $(seq 30); do wget -qO- ${url} 2>/dev/null && exit; sleep 0.3; done; echo none`;

const containerError = (reason: string): RegExp =>
  new RegExp(
    `^docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint \\S+ \\([0-9a-f]{64}\\): ${reason}\\n`,
  );

/** The sockets that listen on the host, as `address:port` in the kernel's notation. */
const listening = (): Promise<string> =>
  guest.host(`cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp | grep -E ' (0A|07) ' | tr -s ' ' | cut -d' ' -f3`);

describe('a published port', () => {
  it.each(['127.0.0.1:8080', '172.17.0.1:8080', '[::1]:8080', '127.0.0.1:8090'])(
    'is reached from the host as %s',
    async (address) => {
      expect(await guest.host(fetchPage(`http://${address}/`))).toContain(title);
    },
  );

  it('is reached from another container, and from its own', async () => {
    const other = ['run', '--rm', 'busybox', 'sh', '-c', fetchPage('http://172.17.0.1:8080/')];
    expect(await guest.docker(...other)).toContain(title);
    const own = ['run', '--rm', '--network', 'container:web', 'busybox', 'sh', '-c'];
    expect(await guest.docker(...own, fetchPage('http://172.17.0.1:8080/'))).toContain(title);
  });

  it('on 127.0.0.1 is the host’s alone, whatever a container says is its way there', async () => {
    const refused = 'wget -T 2 -qO- http://172.17.0.1:8090/ || echo refused';
    expect((await guest.tryDocker('run', '--rm', 'busybox', 'sh', '-c', refused)).stdout).toBe('refused\n');
    const routed =
      'ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.0/8 via 172.17.0.1; wget -T 2 -qO- http://127.0.0.1:8090/ || echo refused';
    const { stdout } = await guest.tryDocker('run', '--rm', '--cap-add', 'NET_ADMIN', 'busybox', 'sh', '-c', routed);
    expect(stdout).toBe('refused\n');
  });

  it('is shown by ps, port and inspect', async () => {
    const shown = '0.0.0.0:8080->80/tcp, 127.0.0.1:8090->80/tcp, [::]:8080->80/tcp';
    expect(await guest.docker('ps', '--format', '{{.Names}} {{.Ports}}')).toBe(`web ${shown}`);
    expect(await guest.docker('port', 'web', '80')).toBe('0.0.0.0:8080\n127.0.0.1:8090\n[::]:8080');
    expect(await guest.docker('ps', '-f', 'publish=8085-8099', '--format', '{{.Names}}')).toBe('web');
    expect(await guest.docker('ps', '-q', '-f', 'publish=80')).toBe('');
  });

  it('carries datagrams too', async () => {
    await guest.docker('run', '-d', '--name', 'udp', '-p', '5353:53/udp', 'busybox', 'sleep', '1000');
    // Nobody takes them: the container's kernel counts them, and its refusal comes back to the sender.
    const send = "bash -c 'exec 3<>/dev/udp/127.0.0.1/5353; echo datagram >&3; read -t 10 -u 3' 2>&1";
    expect(await guest.host(send)).toContain('Connection refused');
    const counted = await guest.docker('exec', 'udp', 'sh', '-c', 'grep Udp: /proc/net/snmp | cut -d" " -f3');
    expect(counted).toBe('NoPorts\n1');
    await guest.docker('rm', '-f', 'udp');
  });

  it('takes a free port when none is named, and all that is exposed with -P', async () => {
    const flags = ['-P', '--expose', '70-71', '-p', '9000-9003:90', '-p', '8080-8082:91'];
    await guest.docker('run', '-d', '--name', 'any', ...flags, 'busybox', 'sleep', '1000');
    expect(await guest.docker('port', 'any')).toMatch(
      /^70\/tcp -> 0.0.0.0:327\d\d\n70\/tcp -> \[::\]:327\d\d\n71\/tcp -> 0.0.0.0:327\d\d\n71\/tcp -> \[::\]:327\d\d\n90\/tcp -> 0.0.0.0:9000\n90\/tcp -> \[::\]:9000\n91\/tcp -> 0.0.0.0:8081\n91\/tcp -> \[::\]:8081$/,
    );
    await guest.docker('rm', '-f', 'any');
  });

  it('that a container has is refused, and the container stays created', async () => {
    const refused = await guest.tryDocker('run', '-d', '--name', 'second', '-p', '8080:80', 'busybox', 'true');
    expect(refused.stderr).toMatch(containerError('Bind for 0.0.0.0:8080 failed: port is already allocated'));
    expect(refused.exitCode).toBe(125);
    expect(await guest.docker('ps', '-a', '-f', 'name=second', '--format', '{{.Status}}|{{.Ports}}')).toBe('Created|');
    await guest.docker('rm', 'second');
  });

  it('that a program of the host has is refused, and passed over when any will do', async () => {
    await guest.host('nc -l -p 32900 </dev/zero >/dev/null 2>&1 & echo $! >/tmp/nc');
    await guest.running('nc -l -p 32900');
    const refused = await guest.tryDocker('run', '--rm', '-p', '32900:80', 'busybox', 'true');
    expect(refused.stderr).toMatch(
      containerError('failed to bind host port for 0.0.0.0:32900:172.17.0.\\d+:80/tcp: address already in use'),
    );
    expect(refused.exitCode).toBe(125);
    await guest.docker('run', '-d', '--name', 'next', '-p', '32900-32905:80', 'busybox', 'sleep', '1000');
    expect(await guest.docker('port', 'next', '80')).toBe('0.0.0.0:32901\n[::]:32901');
    await guest.host('kill $(cat /tmp/nc)');
    await guest.docker('rm', '-f', 'next');
  });

  it('is no program’s of the host while it is published', async () => {
    expect(await guest.host('nc -l -p 8080 2>&1 </dev/null')).toBe('nc: bind: Address already in use');
  });

  it('is given back at the end and taken again at the start', async () => {
    const before = await listening();
    await guest.docker(
      'run',
      '-d',
      '--name',
      'again',
      '-p',
      '8100:80',
      '-p',
      '8100:80/udp',
      'busybox',
      'sleep',
      '1000',
    );
    expect((await listening()).split('\n').length).toBe(before.split('\n').length + 3);
    for (const end of ['stop', 'kill']) {
      await guest.docker(end, ...(end === 'stop' ? ['-t', '0'] : []), 'again');
      expect(await listening()).toBe(before);
      expect(await guest.docker('run', '--rm', '-p', '8100:80', 'busybox', 'echo', 'free')).toBe('free');
      await guest.docker('start', 'again');
      expect(await guest.docker('port', 'again', '80/udp')).toBe('0.0.0.0:8100');
    }
    await guest.docker('rm', '-f', 'again');
    expect(await listening()).toBe(before);
  });

  it('comes in hundreds', async () => {
    const before = await listening();
    await guest.docker('run', '-d', '--name', 'many', '-p', '8200-8299:8200-8299', 'busybox', 'sleep', '1000');
    expect(await guest.docker('ps', '-f', 'name=many', '--format', '{{.Ports}}')).toBe(
      '0.0.0.0:8200-8299->8200-8299/tcp, [::]:8200-8299->8200-8299/tcp',
    );
    await guest.docker('rm', '-f', 'many');
    expect(await listening()).toBe(before);
  });
});
