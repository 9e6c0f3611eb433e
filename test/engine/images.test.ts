import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ blobs: new MemoryBlobStore() });
});

afterAll(() => guest.stop());

describe('docker pull', () => {
  it('prints what Docker prints', async () => {
    const first = await guest.docker('pull', 'busybox');
    expect(first).toMatch(
      /^Using default tag: latest\nlatest: Pulling from library\/busybox\n([0-9a-f]{12}: [^\n]+\n)+Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for busybox:latest\ndocker.io\/library\/busybox:latest$/,
    );
    expect(first).toMatch(/\n[0-9a-f]{12}: Pull complete\n/);
    expect(await guest.docker('pull', 'busybox')).toMatch(
      /^Using default tag: latest\nlatest: Pulling from library\/busybox\nDigest: sha256:[0-9a-f]{64}\nStatus: Image is up to date for busybox:latest\ndocker.io\/library\/busybox:latest$/,
    );
    expect(await guest.docker('pull', '-q', 'busybox')).toBe('docker.io/library/busybox:latest');
  });

  it('shares layers between images', async () => {
    await guest.docker('pull', 'debian');
    expect(await guest.docker('pull', 'redis')).toMatch(/\n[0-9a-f]{12}: Already exists\n/);
  });

  it('refuses what is not there, and what is no name', async () => {
    const missing = await guest.tryDocker('pull', 'no-such-image-here');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain(
      'Error response from daemon: pull access denied for no-such-image-here, repository does not exist',
    );
    expect((await guest.tryDocker('pull', 'busybox:no-such-tag')).stderr).toContain(
      'Error response from daemon: manifest for busybox:no-such-tag not found',
    );
    expect((await guest.tryDocker('pull', 'UPPER')).stderr).toContain(
      'invalid reference format: repository name (library/UPPER) must be lowercase',
    );
  });
});

describe('images', () => {
  it('are listed, tagged, inspected and removed', async () => {
    const id = await guest.docker('inspect', '-f', '{{.Id}}', 'busybox');
    expect(await guest.docker('images', '--no-trunc', '-q', 'busybox')).toBe(id);
    expect(await guest.docker('images', 'busybox')).toMatch(
      /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\nbusybox +latest +[0-9a-f]{12} +[^\n]+ago +2\.\d+MB$/,
    );
    await guest.api.images.tag('busybox', 'mine', 'v1');
    expect(await guest.docker('run', '--rm', 'mine:v1', 'echo', 'tagged')).toBe('tagged');
    const untagged = await guest.tryDocker('rmi', id);
    expect(untagged.stderr).toMatch(
      /^Error response from daemon: conflict: unable to delete [0-9a-f]{12} \(must be forced\) - image is referenced in multiple repositories\n$/,
    );
    expect(await guest.docker('rmi', 'mine:v1')).toBe('Untagged: mine:v1');
    expect(
      await guest.docker('inspect', '-f', '{{.Os}}/{{.Architecture}} {{.RootFS.Type}} {{json .Config.Cmd}}', 'busybox'),
    ).toMatch(/^linux\/386 layers \[".*"\]$/);
    expect((await guest.tryDocker('inspect', 'no-such-thing')).stderr).toBe('Error: No such object: no-such-thing\n');
  });

  it('stay while a container needs them', async () => {
    await guest.docker('pull', '-q', 'hello-world');
    const container = await guest.docker('create', '--name', 'user', 'hello-world');
    const id = await guest.docker('inspect', '-f', '{{.Id}}', 'hello-world');
    const { stderr } = await guest.tryDocker('rmi', 'hello-world');
    expect(stderr).toBe(
      `Error response from daemon: conflict: unable to remove repository reference "hello-world" (must force) - container ${container.slice(0, 12)} is using its referenced image ${id.slice(7, 19)}\n`,
    );
    await guest.docker('rmi', '-f', 'hello-world');
    // Its layers are still there for the container.
    expect(await guest.docker('start', '-a', 'user')).toContain('Hello from Docker!');
    await guest.docker('rm', 'user');
    expect((await guest.tryDocker('rmi', 'hello-world')).stderr).toBe(
      'Error response from daemon: No such image: hello-world:latest\n',
    );
  });

  it('tell their size and number in info', async () => {
    expect(
      await guest.docker('info', '-f', '{{.Images}} {{.Driver}} {{.CgroupDriver}} {{.CgroupVersion}} {{.Containers}}'),
    ).toMatch(/^\d+ overlay2 cgroupfs 2 0$/);
    expect(await guest.docker('version', '-f', '{{.Server.Os}}/{{.Server.Arch}}')).toBe('linux/386');
  });
});
