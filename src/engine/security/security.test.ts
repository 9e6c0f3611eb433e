// What Docker Engine 26.1 with runc 1.1 answered to the same options; the texts are theirs.

import { describe, expect, test } from 'vitest';
import { DockerError } from '../../api/error.ts';
import {
  allCapabilities,
  capabilityBits,
  capsetArguments,
  defaultCapabilities,
  droppedFromBoundingSet,
  resolveCapabilities,
  validateCapabilities,
} from './capabilities.ts';
import { rlimitResource } from './rlimits.ts';
import { parseSecurityOptions } from './security-options.ts';
import { sysctlPath, validateSysctls } from './sysctls.ts';

const runc =
  'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: ';

describe('capabilities', () => {
  const bits = (add: string[], drop: string[] = [], privileged = false) =>
    capabilityBits(resolveCapabilities({ add, drop, privileged })).toString(16).padStart(16, '0');

  // As CapBnd of /proc/self/status in such a container.
  test.each([
    [[], [], '00000000a80425fb'],
    [['net_admin'], [], '00000000a80435fb'],
    [['NET_ADMIN', 'CAP_NET_ADMIN'], ['mknod'], '00000000a00435fb'],
    [['ALL'], [], '000001ffffffffff'],
    [['ALL'], ['SYS_ADMIN'], '000001ffffdfffff'],
    [[], ['ALL'], '0000000000000000'],
    [['chown'], ['ALL'], '0000000000000001'],
    [['ALL', 'chown'], ['ALL'], '000001ffffffffff'],
    [['chown'], ['chown'], '00000000a80425fb'],
  ])('add %j drop %j', (add, drop, expected) => expect(bits(add, drop)).toBe(expected));

  test('privileged has all', () => expect(bits([], ['ALL'], true)).toBe('000001ffffffffff'));

  test('unknown names are refused', () => {
    expect(() => validateCapabilities({ add: ['FOO'], drop: [] })).toThrow(
      new DockerError('invalid-parameter', 'invalid CapAdd: unknown capability: "CAP_FOO"'),
    );
    expect(() => validateCapabilities({ add: [], drop: ['cap_foo'] })).toThrow(
      new DockerError('invalid-parameter', 'invalid CapDrop: unknown capability: "CAP_FOO"'),
    );
  });

  test('capset and the bounding set', () => {
    const { header, data } = capsetArguments(new Set(['CAP_CHOWN', 'CAP_BPF']), true);
    expect(Buffer.from(header).toString('hex')).toBe('2205082000000000');
    expect(Buffer.from(data).toString('hex')).toBe('0100000001000000000000008000000080000000'.padEnd(48, '0'));
    expect(Buffer.from(capsetArguments(defaultCapabilities, false).data).every((byte) => byte === 0)).toBe(true);
    expect(droppedFromBoundingSet(new Set(allCapabilities))).toEqual([]);
    expect(droppedFromBoundingSet(new Set(allCapabilities.slice(2)))).toEqual([0, 1]);
  });
});

describe('--security-opt', () => {
  test.each([
    [['no-new-privileges'], { noNewPrivileges: true }],
    [['no-new-privileges:true'], { noNewPrivileges: true }],
    [['no-new-privileges=TRUE'], { noNewPrivileges: true }],
    [['no-new-privileges', 'no-new-privileges=0'], { noNewPrivileges: false }],
    [['seccomp=unconfined'], { seccomp: 'unconfined' }],
    [['seccomp=builtin'], { seccomp: undefined }],
    [['seccomp={"a":"b=c"}'], { seccomp: '{"a":"b=c"}' }],
    [['apparmor=foo', 'label=disable', 'label:user:x', 'disable'], { labels: ['disable', 'user:x', 'disable'] }],
    [['apparmor=foo'], { appArmorProfile: 'foo' }],
  ])('%j', (options, expected) => expect(parseSecurityOptions(options)).toMatchObject(expected));

  test.each([
    ['foo', 'invalid --security-opt 1: "foo"'],
    ['foo=bar', 'invalid --security-opt 2: "foo=bar"'],
    ['no-new-privileges=maybe', 'invalid --security-opt 2: "no-new-privileges=maybe"'],
    ['no-new-privileges=constructor', 'invalid --security-opt 2: "no-new-privileges=constructor"'],
  ])('%s is refused', (option, message) => {
    expect(() => parseSecurityOptions([option])).toThrow(new DockerError('invalid-parameter', message));
  });
});

describe('--sysctl', () => {
  const own = { ipc: true, network: true, uts: true };
  const check = (name: string, namespaces = own) => validateSysctls({ [name]: '1' }, namespaces);

  test.each([
    'net.ipv4.ip_forward',
    'net/ipv4/conf/eth0.100/forwarding',
    'kernel.shmmax',
    'kernel.shm_rmid_forced',
    'kernel.sem',
    'kernel/msgmax',
    'kernel.domainname',
    'fs.mqueue.msg_max',
  ])('%s may be set', (name) => expect(() => check(name)).not.toThrow());

  test.each([
    ['kernel.foo', own, 'sysctl "kernel.foo" is not in a separate kernel namespace'],
    ['kernel.shm_next_id', own, 'sysctl "kernel.shm_next_id" is not in a separate kernel namespace'],
    ['vm.swappiness', own, 'sysctl "vm.swappiness" is not in a separate kernel namespace'],
    ['kernel.hostname', own, 'sysctl "kernel.hostname" is not allowed as it conflicts with the OCI "hostname" field'],
    [
      'net.ipv4.ip_forward',
      { ...own, network: false },
      'sysctl "net.ipv4.ip_forward" not allowed in host network namespace',
    ],
    ['kernel.msgmax', { ...own, ipc: false }, 'sysctl "kernel.msgmax" is not allowed in the hosts ipc namespace'],
    ['kernel.domainname', { ...own, uts: false }, 'sysctl "kernel.domainname" is not in a separate kernel namespace'],
  ])('%s with %j is refused', (name, namespaces, message) => {
    expect(() => check(name, namespaces)).toThrow(new DockerError('system', `${runc}${message}: unknown`));
  });

  test('the file', () => {
    expect(sysctlPath('net.ipv4.ip_forward')).toBe('/proc/sys/net/ipv4/ip_forward');
    expect(sysctlPath('net/ipv4/conf/eth0.100/forwarding')).toBe('/proc/sys/net/ipv4/conf/eth0.100/forwarding');
  });
});

describe('--ulimit', () => {
  test('names', () => {
    expect(rlimitResource('nofile')).toBe(7);
    expect(() => rlimitResource('foo')).toThrow(
      new DockerError('system', `${runc}wrong rlimit value: RLIMIT_FOO: unknown`),
    );
    expect(() => rlimitResource('constructor')).toThrow('RLIMIT_CONSTRUCTOR');
  });
});
