import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCpus } from '../../../flag/bytes.ts';
import { checkDnsSearch, checkExtraHost, checkIp, isMac, parseIp } from './address.ts';
import { parseCsvLine } from './csv.ts';
import { parseDevice, parseGpus, parseUlimit } from './device.ts';
import { parseMount } from './mount.ts';
import { endpointsOf, parseNetwork } from './network.ts';
import { formatPlatform, parsePlatform } from '../../../../lib/platform.ts';
import { parsePorts } from './publish.ts';
import { parseVolumes } from './volume.ts';

const host = { env: {}, cwd: '/work' };
const throws = (message: string) => (run: () => unknown) => expect(run).toThrow(new Error(message));

describe('-p and --expose', () => {
  test.each([
    [['80'], { '80/tcp': [{ HostIp: '', HostPort: '' }] }],
    [['8080:80/UDP'], { '80/udp': [{ HostIp: '', HostPort: '8080' }] }],
    [['127.0.0.1::80'], { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }],
    [['[::1]:1:1'], { '1/tcp': [{ HostIp: '::1', HostPort: '1' }] }],
    [
      ['9000-9001:80-81'],
      { '80/tcp': [{ HostIp: '', HostPort: '9000' }], '81/tcp': [{ HostIp: '', HostPort: '9001' }] },
    ],
    [['9000-9005:80'], { '80/tcp': [{ HostIp: '', HostPort: '9000-9005' }] }],
    [
      ['1:80', '2:80'],
      {
        '80/tcp': [
          { HostIp: '', HostPort: '1' },
          { HostIp: '', HostPort: '2' },
        ],
      },
    ],
    [['target=5,published=6,protocol=udp'], { '5/udp': [{ HostIp: '', HostPort: '6' }] }],
  ])('%j', (publish, bindings) => expect(parsePorts(publish, []).bindings).toEqual(bindings));

  test.each([
    ['99999:80', 'invalid hostPort: 99999'],
    ['80:80:80:80', 'invalid IP address: 80:80'],
    ['1:', 'no port specified: 1:<empty>'],
    ['1-3:80-81', 'invalid ranges specified for container and host Ports: 80-81 and 1-3'],
    ['80/foo', 'invalid proto: foo'],
    ['9-8', 'invalid containerPort: 9-8'],
  ])('%s is wrong', (spec, message) => throws(message)(() => parsePorts([spec], [])));

  test('exposing adds to what is published', () => {
    expect(Object.keys(parsePorts(['80'], ['80', '90-91/udp']).exposed)).toEqual(['80/tcp', '90/udp', '91/udp']);
    throws('invalid range format for --expose: x, error: strconv.ParseUint: parsing "x": invalid syntax')(() =>
      parsePorts([], ['x']),
    );
  });

  test('every published port of a range has its own binding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60000 }),
        fc.integer({ min: 1, max: 60000 }),
        fc.integer({ min: 1, max: 50 }),
        (from, to, count) => {
          const { bindings } = parsePorts([`${from}-${from + count}:${to}-${to + count}`], []);
          expect(Object.entries(bindings).map(([port, of]) => Number(of![0]!.HostPort) - parseInt(port, 10))).toEqual(
            Array(count + 1).fill(from - to),
          );
        },
      ),
    );
  });
});

test('-v is a bind, a named volume or an anonymous one', () => {
  expect(parseVolumes(['/a:/b:ro', 'vol:/c', '/anon', './rel:/d', '../up:/e', '/a:/b:ro'], '/work')).toEqual({
    binds: ['/a:/b:ro', 'vol:/c', '/work/rel:/d', '/up:/e'],
    volumes: { '/anon': {} },
  });
  throws('invalid spec: aa:bb:cc:dd: too many colons')(() => parseVolumes(['aa:bb:cc:dd'], '/'));
  throws('invalid spec: :/x: empty section between colons')(() => parseVolumes([':/x'], '/'));
});

describe('--mount', () => {
  test.each([
    ['src=v,dst=/w', { Type: 'volume', Source: 'v', Target: '/w' }],
    [
      'type=bind,source=./a,target=/b,readonly,bind-propagation=RSlave',
      { Type: 'bind', Source: '/work/a', Target: '/b', ReadOnly: true, BindOptions: { Propagation: 'rslave' } },
    ],
    [
      'type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777',
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1048576, Mode: 1023 } },
    ],
    [
      'dst=/v,volume-label=a=b,volume-opt=o=1',
      { Type: 'volume', Target: '/v', VolumeOptions: { Labels: { a: 'b' }, DriverConfig: { Options: { o: '1' } } } },
    ],
    [
      'dst=/v,"volume-opt=o=a,b"',
      { Type: 'volume', Target: '/v', VolumeOptions: { Labels: {}, DriverConfig: { Options: { o: 'a,b' } } } },
    ],
  ])('%s', (spec, mount) => expect(parseMount(spec, host)).toEqual(mount));

  test.each([
    ['type=bind', 'target is required'],
    ['foo', "invalid field 'foo' must be a key=value pair"],
    ['x=1', "unexpected key 'x' in 'x=1'"],
    ['type=bind,dst=/x,volume-nocopy', "cannot mix 'volume-*' options with mount type 'bind'"],
    ['dst=/x,ro=2', 'invalid value for ro: 2'],
    [
      'type=bind,dst=/x,bind-recursive=readonly',
      "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction",
    ],
  ])('%s is wrong', (spec, message) => throws(message)(() => parseMount(spec, host)));
});

describe('--network', () => {
  const none = { aliases: [], links: [], ip: '', ip6: '', linkLocalIps: [], macAddress: '' };

  test('a plain name needs no endpoint; options make one', () => {
    expect(endpointsOf([parseNetwork('mynet')], none)).toEqual({});
    expect(endpointsOf([], none)).toHaveProperty('default');
    expect(endpointsOf([parseNetwork('name=mynet,alias=A,ip=1.2.3.4,driver-opt=x=y')], none)['mynet']).toMatchObject({
      Aliases: ['a'],
      IPAMConfig: { IPv4Address: '1.2.3.4' },
      DriverOpts: { x: 'y' },
    });
  });

  test('what does not go together', () => {
    throws('conflicting options: cannot attach both user-defined and non-user-defined network-modes')(() =>
      endpointsOf([parseNetwork('a'), parseNetwork('host')], none),
    );
    throws('network "a" is specified multiple times')(() => endpointsOf([parseNetwork('a'), parseNetwork('a')], none));
    throws('network-scoped aliases are only supported for user-defined networks')(() =>
      endpointsOf([], { ...none, aliases: ['x'] }),
    );
    throws('network name/id is not specified')(() => parseNetwork('alias=x'));
    throws('zz is not a valid mac address')(() => endpointsOf([], { ...none, macAddress: 'zz' }));
  });
});

describe('devices and limits', () => {
  test.each([
    ['/dev/null', { PathOnHost: '/dev/null', PathInContainer: '/dev/null', CgroupPermissions: 'rwm' }],
    ['/dev/zero:/dev/z:r', { PathOnHost: '/dev/zero', PathInContainer: '/dev/z', CgroupPermissions: 'r' }],
    ['/dev/fuse:rw', { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rw' }],
  ])('%s', (spec, mapping) => expect(parseDevice(spec)).toEqual(mapping));

  test('ulimits', () => {
    expect(parseUlimit('nofile=1:2')).toEqual({ Name: 'nofile', Soft: 1, Hard: 2 });
    expect(parseUlimit('core=-1')).toEqual({ Name: 'core', Soft: -1, Hard: -1 });
    throws('invalid ulimit type: bogus')(() => parseUlimit('bogus=1'));
    throws('ulimit soft limit must be less than or equal to hard limit: 3 > 2')(() => parseUlimit('cpu=3:2'));
  });

  test('--cpus is exact to a billionth', () => {
    expect(['1.5', '.5', '3/2', '2', '1e-9'].map(parseCpus)).toEqual([1.5e9, 5e8, 1.5e9, 2e9, 1]);
    throws('value is too precise')(() => parseCpus('0.0000000001'));
    throws('failed to parse x as a rational number')(() => parseCpus('x'));
  });

  test('--gpus', () => {
    expect(parseGpus('all')).toEqual({ Driver: '', Count: -1, DeviceIDs: null, Capabilities: [['gpu']], Options: {} });
    throws('invalid count (x): value must be either "all" or an integer: invalid syntax')(() => parseGpus('x'));
  });
});

test('addresses', () => {
  expect(checkIp(' 1.2.3.4')).toBe('1.2.3.4');
  expect([
    parseIp('0:0:0:0:0:0:0:1'),
    parseIp('::FFFF:1.2.3.4'),
    parseIp('1.2.3'),
    parseIp('01.2.3.4'),
    parseIp('::g'),
  ]).toEqual(['::1', '1.2.3.4', undefined, undefined, undefined]);
  expect(
    ['92:d0:c6:0a:29:33', '92-d0-c6-0a-29-33', '92d0.c60a.2933', '92:d0:c6:0a:29', '92:d0-c6:0a:29:33'].map(isMac),
  ).toEqual([true, true, true, false, false]);
  expect([checkExtraHost('a=[::1]'), checkExtraHost('b:1.2.3.4'), checkExtraHost('c:host-gateway')]).toEqual([
    'a:::1',
    'b:1.2.3.4',
    'c:host-gateway',
  ]);
  expect([checkDnsSearch('a.b.'), checkDnsSearch('.')]).toEqual(['a.b', '.']);
  throws('1.2 is not a valid domain')(() => checkDnsSearch('1.2'));
});

test('platforms', () => {
  const normal = (text: string): string => formatPlatform(parsePlatform(text));
  expect(['linux/x86_64', 'linux/arm/7', 'linux/aarch64', 'i386', 'Linux/ARM/v6', 'linux'].map(normal)).toEqual([
    'linux/amd64',
    'linux/arm/v7',
    'linux/arm64',
    'linux/386',
    'linux/arm/v6',
    'linux/386',
  ]);
  throws('"foo": unknown operating system or architecture: invalid argument')(() => parsePlatform('foo'));
});

test('a line of CSV is read back as it was written', () => {
  const quote = (field: string): string => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ minLength: 1 }).filter((field) => !/[\r\n]/.test(field)),
        { minLength: 1 },
      ),
      (fields) => {
        expect(parseCsvLine(fields.map(quote).join(','))).toEqual(fields);
      },
    ),
  );
});
