// daemon.json in the guest: mirrors and insecure registries, read when the engine starts and when it is told to.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from '../engine/support/guest.ts';
import { pushCatalogueImage } from './support/catalogue-image.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { Proxied } from './support/proxied.ts';

let hub: DockerRegistry;
let mirror: DockerRegistry;
let proxied: Proxied;
let guest: TestGuest;
/** Its name says nothing of loopback, where a registry is insecure unasked. */
const other = 'other.test';

beforeAll(async () => {
  [hub, mirror] = await Promise.all([DockerRegistry.start(), DockerRegistry.start()]);
  proxied = await Proxied.start({
    registries: {
      'docker.io': { upstream: hub.origin, allowPrivate: true },
      'mirror.test': { upstream: mirror.origin, allowPrivate: true },
      [mirror.host]: { insecure: true, allowPrivate: true },
      [other]: { upstream: mirror.origin.replace('http', 'https'), insecure: true, allowPrivate: true },
    },
  });
  const target = { repository: 'library/known', registry: 'docker.io' };
  await pushCatalogueImage(proxied, 'hello-world', target);
  await pushCatalogueImage(proxied, 'busybox', { ...target, registry: 'mirror.test' });
  guest = await TestGuest.start({ blobs: new MemoryBlobStore(), proxy: proxied.endpoint });
});

afterAll(async () => {
  await guest.stop();
  await Promise.all([hub.stop(), mirror.stop()]);
});

const write = (config: unknown) =>
  guest.host(`mkdir -p /etc/docker; echo '${JSON.stringify(config)}' > /etc/docker/daemon.json`);
const registryLines = async () => {
  const lines = (await guest.docker('info')).split('\n');
  return lines.slice(lines.indexOf(' Insecure Registries:'), lines.indexOf(' Live Restore Enabled: false'));
};

test('mirrors are asked before Docker Hub once the engine has read of them', async () => {
  expect(await registryLines()).toEqual([' Insecure Registries:', '  ::1/128', '  127.0.0.0/8']);
  await write({ 'registry-mirrors': ['https://mirror.test'], 'insecure-registries': [other] });
  expect(await guest.host('systemctl restart docker 2>&1; echo $?')).toBe('0');
  expect(await registryLines()).toEqual([
    ' Insecure Registries:',
    `  ${other}`,
    '  ::1/128',
    '  127.0.0.0/8',
    ' Registry Mirrors:',
    '  https://mirror.test/',
  ]);
  proxied.asked.length = 0;
  await guest.docker('pull', '--quiet', 'known');
  expect(proxied.asked.every((line) => line.includes(mirror.host))).toBe(true);
  expect(await guest.docker('run', '--rm', 'known', 'echo', 'from the mirror')).toBe('from the mirror');
});

test('a registry without TLS is asked when daemon.json and the proxy say so', async () => {
  expect(await guest.docker('pull', '--quiet', `${other}/library/known`)).toBe(`${other}/library/known:latest`);
  await write({});
  expect(await guest.host('systemctl reload docker 2>&1; echo $?')).toBe('0');
  const { stderr } = await guest.tryDocker('pull', `${other}/library/known`);
  expect(stderr).toContain(`Error response from daemon: Get "https://${other}/v2/"`);
  // Loopback needs no setting.
  expect(await guest.docker('pull', '--quiet', `${mirror.host}/library/known`)).toContain('known:latest');
});

test('a reload is an event; what is wrong is refused and changes nothing', async () => {
  const now = () => (Date.now() / 1000).toFixed(3);
  const since = now();
  await write({ 'registry-mirrors': ['https://mirror.test'] });
  await guest.host('systemctl reload docker');
  const format = '{{.Type}} {{.Action}} {{index .Actor.Attributes "registry-mirrors"}}';
  const events = await guest.docker('events', '--since', since, '--until', now(), '--format', format);
  expect(events.split('\n').at(-1)).toBe('daemon reload ["https://mirror.test"]');
  const before = await registryLines();
  await write({ 'registry-miror': [] });
  const prefix = 'unable to configure the Docker daemon with file /etc/docker/daemon.json: ';
  const unknown = `${prefix}the following directives don't match any configuration option: registry-miror`;
  expect(await guest.host('service docker reload 2>&1; echo $?')).toBe(`service: reloading docker: ${unknown}\n1`);
  expect(await registryLines()).toEqual(before);
});

test('an engine does not start with a wrong file, and does once it is right', async () => {
  await write({ 'registry-mirrors': ['ftp://x'] });
  const failed = 'failed to start daemon: invalid mirror: unsupported scheme "ftp" in "ftp://x"';
  expect(await guest.host('systemctl restart docker 2>&1; echo $?')).toBe(`systemctl: restarting docker: ${failed}\n1`);
  expect((await guest.tryDocker('ps')).exitCode).toBe(1);
  await guest.host('rm /etc/docker/daemon.json');
  expect(await guest.host('systemctl restart docker 2>&1; echo $?')).toBe('0');
  expect(await registryLines()).toEqual([' Insecure Registries:', '  ::1/128', '  127.0.0.0/8']);
  expect(await guest.docker('images', '--quiet', 'known')).not.toBe('');
});
