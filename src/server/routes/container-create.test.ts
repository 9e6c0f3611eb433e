// What each version of the API lets a create request say, as moby's router has it.

import { expect, test } from 'vitest';
import { createFakeEngine } from '../../../test/support/fake-engine.ts';
import { encodeUtf8 } from '../../lib/bytes.ts';
import { createApiHandler } from '../api-handler.ts';

/** The status, with the error's or the warnings' texts, and what reached the engine. */
async function create(version: string, body: object, query = '') {
  const engine = createFakeEngine();
  const bytes = encodeUtf8(JSON.stringify({ Image: 'busybox', ...body }));
  const reply = await createApiHandler(engine)({
    method: 'POST',
    target: `/v${version}/containers/create?${query}`,
    headers: new Headers({ 'content-type': 'application/json', 'content-length': `${bytes.length}` }),
    hasBody: true,
    body: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
    signal: new AbortController().signal,
  });
  if (!(reply instanceof Response)) throw new Error('the connection was hijacked');
  const { message, Warnings } = (await reply.json()) as { message?: string; Warnings?: string[] };
  return { status: reply.status, said: message ?? Warnings, options: engine.calls[0]?.[1] };
}

const mounts = (...Mounts: object[]) => ({ HostConfig: { Mounts } });
const endpoints = (EndpointsConfig: object) => ({ NetworkingConfig: { EndpointsConfig } });
const mac = '02:00:00:00:00:01';

test.each([
  [
    '1.43',
    endpoints({ bridge: {}, host: {} }),
    'Container cannot be created with multiple network endpoints: bridge, host',
  ],
  [
    '1.43',
    mounts({ Type: 'bind', Source: '/tmp', Target: '/a', BindOptions: { ReadOnlyForceRecursive: true } }),
    'BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer',
  ],
  [
    '1.44',
    mounts({ Type: 'volume', Target: '/a', VolumeOptions: { Subpath: 'x' } }),
    'VolumeOptions.Subpath needs API v1.45 or newer',
  ],
  ['1.47', mounts({ Type: 'image', Source: 'a', Target: '/a' }), 'Mount type "Image" needs API v1.48 or newer'],
  [
    '1.42',
    mounts({ Type: 'tmpfs', Target: '/a', BindOptions: {} }),
    'BindOptions must not be specified on mount type "tmpfs"',
  ],
  [
    '1.43',
    { HostConfig: { NetworkMode: 'host' }, MacAddress: mac },
    'conflicting options: mac-address and the network mode',
  ],
  [
    '1.44',
    { MacAddress: mac, ...endpoints({ bridge: { MacAddress: '02:00:00:00:00:02' } }) },
    'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
  ],
])('API %s refuses %j', async (version, body, message) => {
  expect(await create(version, body)).toEqual({ status: 400, said: message, options: undefined });
});

test('what a version did not know yet is dropped', async () => {
  const body = {
    Healthcheck: { Test: ['NONE'], StartInterval: 5 },
    HostConfig: {
      AutoRemove: true,
      Annotations: { a: 'b' },
      ConsoleSize: [4, 5],
      Mounts: [
        { Type: 'tmpfs', Target: '/a', VolumeOptions: {} },
        { Type: 'bind', Source: '/x', Target: '/b', BindOptions: { NonRecursive: true, CreateMountpoint: true } },
      ],
    },
    ...endpoints({ bridge: { GwPriority: 3, MacAddress: mac } }),
  };
  const old = await create('1.24', body, 'platform=linux/386');
  expect(old).toMatchObject({ status: 201, said: [] });
  expect(old.options).toMatchObject({
    platform: undefined,
    hostConfig: { AutoRemove: false, IpcMode: 'shareable', ConsoleSize: [0, 0] },
    networkingConfig: { EndpointsConfig: { bridge: { GwPriority: 0, MacAddress: '' } } },
  });
  expect(old.options).not.toHaveProperty('config.Healthcheck.StartInterval');
  expect(old.options).not.toHaveProperty('hostConfig.Annotations');
  expect(old.options).toHaveProperty('hostConfig.Mounts.0', { Type: 'tmpfs', Target: '/a' });
  expect(old.options).toHaveProperty('hostConfig.Mounts.1.BindOptions', {});
  const options = (
    await create('1.50', { ...body, HostConfig: { ...body.HostConfig, Mounts: [] } }, 'platform=linux/386')
  ).options;
  expect(options).toMatchObject({
    platform: 'linux/386',
    config: { Healthcheck: { StartInterval: 5 } },
    hostConfig: { AutoRemove: true, IpcMode: '', Annotations: { a: 'b' }, ConsoleSize: [4, 5] },
    networkingConfig: { EndpointsConfig: { bridge: { GwPriority: 3, MacAddress: mac } } },
  });
});

test('the container-wide MAC address is the endpoint’s; from 1.44 on that is deprecated', async () => {
  for (const [version, warnings] of [
    ['1.43', []],
    ['1.44', [expect.stringContaining('MacAddress field is now deprecated')]],
  ] as const) {
    const { said, options } = await create(version, { MacAddress: mac });
    expect(said).toEqual(warnings);
    expect(options).toHaveProperty('networkingConfig.EndpointsConfig.bridge.MacAddress', mac);
  }
});

test('a volume driver that mounts ignore is warned of', async () => {
  const body = { HostConfig: { VolumeDriver: 'local', Mounts: [{ Type: 'volume', Target: '/a' }] } };
  expect((await create('1.48', body)).said).toEqual([
    expect.stringContaining('volume-driver configuration is ignored'),
  ]);
  expect((await create('1.47', body)).said).toEqual([]);
});
