import { expect, test } from 'vitest';
import { createFakeEngine } from '../../../test/support/fake-engine.ts';
import type { ImageInspect, ImageSummary } from '../../api/image.ts';
import { createApiHandler } from '../api-handler.ts';

const dangling: ImageSummary = {
  Containers: -1,
  Created: 1,
  Id: 'sha256:1',
  Labels: null,
  ParentId: '',
  RepoDigests: null,
  RepoTags: null,
  SharedSize: -1,
  Size: 3,
};

const image: ImageInspect = {
  Id: 'sha256:1',
  RepoTags: [],
  RepoDigests: [],
  Parent: '',
  Comment: '',
  Container: 'abc',
  ContainerConfig: { Hostname: 'abc' },
  DockerVersion: '',
  Author: '',
  Config: { Cmd: ['sh'] },
  Architecture: '386',
  Os: 'linux',
  Size: 3,
  GraphDriver: { Data: null, Name: 'overlay2' },
  RootFS: { Type: 'layers' },
  Metadata: {},
};

/** What an engine with one image answers. */
async function get(target: string): Promise<unknown> {
  const engine = createFakeEngine();
  engine.images.list = async () => [dangling];
  engine.images.inspect = async () => image;
  const usage = await engine.system.diskUsage(new Set());
  engine.system.diskUsage = async (kinds) => ({ ...usage, Images: kinds.has('image') ? [dangling] : null });
  const { info } = engine.system;
  engine.system.info = async () => ({
    ...(await info()),
    Runtimes: { runc: { path: 'runc', status: { a: 'b' } } },
    RegistryConfig: { InsecureRegistryCIDRs: [], IndexConfigs: {}, Mirrors: null },
    ContainerdCommit: { ID: 'c' },
    RuncCommit: { ID: 'r' },
    InitCommit: { ID: '' },
    SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
  });
  const response = await createApiHandler(engine)({
    method: 'GET',
    target,
    headers: new Headers(),
    hasBody: false,
    body: new Blob([]).stream(),
    signal: new AbortController().signal,
  });
  return (response as Response).json();
}

const none = { RepoDigests: ['<none>@<none>'], RepoTags: ['<none>:<none>'] };

test.each([
  ['1.24', { ...dangling, ...none, VirtualSize: 3 }],
  ['1.42', { ...dangling, ...none, VirtualSize: 3 }],
  ['1.43', { ...dangling, RepoDigests: [], RepoTags: [], VirtualSize: 3 }],
  ['1.44', { ...dangling, RepoDigests: [], RepoTags: [] }],
  ['1.50', { ...dangling, RepoDigests: [], RepoTags: [] }],
])('the list of images in API %s', async (version, row) => {
  expect(await get(`/v${version}/images/json`)).toEqual([row]);
});

test('an image in older versions of the API', async () => {
  const { Container, ContainerConfig, ...current } = image;
  expect(await get('/v1.50/images/a/json')).toEqual(current);
  const config = { Hostname: '', AttachStdin: false, Cmd: ['sh'], Env: null, Labels: null, Volumes: null };
  const before150 = { ...current, Config: expect.objectContaining(config) as object };
  expect(await get('/v1.49/images/a/json')).toEqual(before150);
  expect(await get('/v1.45/images/a/json')).toEqual(before150);
  const before145 = { ...before150, Container, ContainerConfig };
  expect(await get('/v1.44/images/a/json')).toEqual(before145);
  expect(await get('/v1.43/images/a/json')).toEqual({ ...before145, VirtualSize: 3, Created: '0001-01-01T00:00:00Z' });
});

test.each([
  ['/v1.50/images/a/json?platform=x', 'failed to parse platform: '],
  ['/v1.50/images/a/json?platform={"os":"linux"}', 'both OS and Architecture must be provided'],
  [
    '/v1.50/images/a/json?platform={"variant":"v7"}',
    'optional platform fields provided, but OS and Architecture are missing',
  ],
  [
    '/v1.50/images/a/json?manifests=1&platform={"os":"linux","architecture":"386"}',
    'conflicting options: manifests and platform options cannot both be set',
  ],
])('%s is refused', async (target, message) => {
  expect(((await get(encodeURI(target))) as { message: string }).message).toContain(message);
});

test('disk usage is of the kinds asked for, which older versions could not choose', async () => {
  expect(await get('/v1.50/system/df?type=volume')).toMatchObject({ Images: null });
  expect(await get('/v1.50/system/df?type=volume&type=image')).toMatchObject({ Images: [dangling] });
  expect(await get('/v1.41/system/df?type=volume')).toMatchObject({ Images: [{ ...dangling, VirtualSize: 3 }] });
  expect(await get('/v1.50/system/df?type=x')).toEqual({ message: 'unknown object type: x' });
});

test('what docker info says in older versions of the API', async () => {
  expect(await get('/v1.50/info')).not.toHaveProperty('BridgeNfIptables');
  expect(await get('/v1.49/info')).toMatchObject({
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    ContainerdCommit: { ID: 'c' },
  });
  expect(await get('/v1.48/info')).toMatchObject({
    ContainerdCommit: { ID: 'c', Expected: 'c' },
    InitCommit: { ID: '' },
    RegistryConfig: { Mirrors: null },
  });
  expect(await get('/v1.47/info')).not.toHaveProperty('RegistryConfig.AllowNondistributableArtifactsCIDRs');
  expect(await get('/v1.46/info')).toHaveProperty('RegistryConfig.AllowNondistributableArtifactsCIDRs', null);
  expect(await get('/v1.44/info')).toHaveProperty('Runtimes.runc.status', { a: 'b' });
  expect(await get('/v1.43/info')).toHaveProperty('Runtimes', { runc: { path: 'runc' } });
  expect(await get('/v1.24/info')).toHaveProperty('SecurityOptions', ['seccomp', 'cgroupns']);
});
