import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ContainerSummary } from '../api/container.ts';
import type { ImageSummary } from '../api/image.ts';
import { fakeEngine } from '../client/testing/fake-engine.ts';
import { displayPorts } from './commands/container/container-row.ts';
import { runInMemory } from './testing/cli-in-memory.ts';

const now = Date.parse('2026-11-21T02:41:03Z');
beforeEach(() => vi.useFakeTimers({ now, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

const t1: ContainerSummary = {
  Id: 'b8dfec1efb38a704d4a62a5b57cad266af7a4f4dd79676641de782666e40a81c',
  Names: ['/t1', '/other/link'],
  Image: 'alpine:3.10',
  ImageID: 'sha256:c0bb',
  Command: "sh -c 'sleep 1000; echo this is a long command line'",
  Created: now / 1000 - 2,
  SizeRw: 0,
  SizeRootFs: 1984250,
  Ports: [
    { IP: '::', PrivatePort: 9001, PublicPort: 9001, Type: 'udp' },
    ...[9000, 9001, 9002].map((port) => ({ IP: '0.0.0.0', PrivatePort: port, PublicPort: port, Type: 'udp' })),
    { IP: '::', PrivatePort: 9000, PublicPort: 9000, Type: 'udp' },
    { IP: '::', PrivatePort: 9002, PublicPort: 9002, Type: 'udp' },
    { IP: '127.0.0.1', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
  ],
  Labels: { z: '1', 'com.a-b': '2' },
  State: 'running',
  Status: 'Up 2 seconds',
  HostConfig: {},
  NetworkSettings: null,
  Mounts: [],
};
const image = (id: string, tags: string[], age: number, digests: string[] = []): ImageSummary => ({
  Id: `sha256:${id}`.padEnd(71, '0'),
  RepoTags: tags,
  RepoDigests: digests,
  Created: now / 1000 - age,
  Size: 1984250,
  SharedSize: -1,
  Containers: -1,
  Labels: null,
  ParentId: '',
});
const images = [
  image('b0293f55a9d0', ['dup-txt-tag:latest'], 48),
  image('04ef96f94540', [], 70),
  image('5a52dc98dc15', ['localhost:5000/a/b:x'], 240, [
    'localhost:5000/a/b@sha256:a484c29954bd9a04be73d43f899a570ebb94a8540bb35fd356c82b3dd8e09566',
  ]),
];
const run = (...argv: string[]) => {
  const { dial, asked } = fakeEngine(({ target }) => ({
    status: 200,
    json: target.startsWith('/containers') ? [t1] : images,
  }));
  return runInMemory(argv, { dial }).then((result) => ({ ...result, asked }));
};

// The rows are those of a recording of Docker 28.2.
test('docker ps', async () => {
  expect((await run('ps')).stdout).toBe(
    `CONTAINER ID   IMAGE         COMMAND                  CREATED         STATUS         PORTS                                                                                     NAMES
b8dfec1efb38   alpine:3.10   "sh -c 'sleep 1000; …"   2 seconds ago   Up 2 seconds   0.0.0.0:9000-9002->9000-9002/udp, [::]:9000-9002->9000-9002/udp, 127.0.0.1:8080->80/tcp   t1
`,
  );
  expect((await run('ps', '-s')).stdout).toMatch(/ {5}SIZE\n.* t1 {8}0B \(virtual 1.98MB\)\n$/);
  expect((await run('ps', '-q')).stdout).toBe('b8dfec1efb38\n');
  expect((await run('ps', '--no-trunc')).stdout).toContain(
    `${t1.Id}   alpine:3.10   "sh -c 'sleep 1000; echo this is a long command line'"`,
  );
});

test('docker ps --format', async () => {
  expect((await run('ps', '--format', 'table {{.Names}}\\t{{upper .State}}\\t{{.Label "com.a-b"}}')).stdout).toBe(
    'NAMES     STATE     a b\nt1        RUNNING   2\n',
  );
  expect((await run('ps', '--format', '{{.Labels}} {{.Platform}}')).stdout).toBe('com.a-b=2,z=1 <nil>\n');
  const json = JSON.parse((await run('ps', '--format', 'json')).stdout) as Record<string, unknown>;
  expect(Object.keys(json)).toEqual([
    'Command',
    'CreatedAt',
    'ID',
    'Image',
    'Labels',
    'LocalVolumes',
    'Mounts',
    'Names',
    'Networks',
    'Platform',
    'Ports',
    'RunningFor',
    'Size',
    'State',
    'Status',
  ]);
  expect(json['CreatedAt']).toBe('2026-11-21 02:41:01 +0000 UTC');
  expect(await run('ps', '-q', '--format', '{{.Names}}')).toMatchObject({
    stdout: 'b8dfec1efb38\n',
    stderr: 'WARNING: Ignoring custom format, because both --format and --quiet are set.\n',
  });
});

test('a size is asked for only where it is shown', async () => {
  expect((await run('ps', '--format', '{{.Names}}')).asked).toEqual(['GET /containers/json']);
  expect((await run('ps', '--format', '{{.Size}}')).asked).toEqual(['GET /containers/json?size=1']);
  expect((await run('ps', '--size=false', '--format', '{{.Size}}')).asked).toEqual(['GET /containers/json']);
  expect((await run('ps', '-l', '-f', 'name=x')).asked).toEqual([
    'GET /containers/json?filters=%7B%22name%22%3A%7B%22x%22%3Atrue%7D%7D&limit=1',
  ]);
});

test('docker images', async () => {
  expect((await run('images')).stdout).toBe(
    `REPOSITORY           TAG       IMAGE ID       CREATED              SIZE
dup-txt-tag          latest    b0293f55a9d0   48 seconds ago       1.98MB
<none>               <none>    04ef96f94540   About a minute ago   1.98MB
localhost:5000/a/b   x         5a52dc98dc15   4 minutes ago        1.98MB
`,
  );
  expect((await run('images', '--digests')).stdout).toMatch(
    /^REPOSITORY +TAG +DIGEST +IMAGE ID .*\n.*latest +<none> +b02.*\n.*\n.* x +sha256:a484c29954bd9a04be73d43f899a570ebb94a8540bb35fd356c82b3dd8e09566 +5a5/,
  );
  expect((await run('images', '--format', '{{.Repository}} {{.Containers}} {{.UniqueSize}}', 'x')).asked).toEqual([
    'GET /images/json?filters=%7B%22reference%22%3A%7B%22x%22%3Atrue%7D%7D',
  ]);
});

test('ports', () => {
  const port = (PrivatePort: number, Type = 'tcp') => ({ PrivatePort, Type });
  expect(displayPorts([port(81), port(80), port(83), port(80, 'udp')])).toBe('80-81/tcp, 83/tcp, 80/udp');
});

test("inspect keeps the daemon's keys, numbers and order", async () => {
  const text = '{"Id":"c1","Z":1.50,"A":{"big":12345678901234567890},"Config":{"Labels":{"b":"2","a":"1"}}}';
  const { dial } = fakeEngine(({ target }) =>
    target.startsWith('/containers/c1') ? { status: 200, text } : { status: 404, json: { message: 'No such thing' } },
  );
  expect((await runInMemory(['inspect', 'c1'], { dial })).stdout).toBe(
    '[\n    {\n        "Id": "c1",\n        "Z": 1.50,\n        "A": {\n            "big": 12345678901234567890\n        },\n        "Config": {\n            "Labels": {\n                "b": "2",\n                "a": "1"\n            }\n        }\n    }\n]\n',
  );
  expect((await runInMemory(['inspect', '-f', '{{.Id}} {{.Z}}', 'c1'], { dial })).stdout).toBe('c1 1.5\n');
  expect(
    (await runInMemory(['inspect', '-f', '{{.ID}} {{.Config.Labels}} {{.State.Health}}', 'c1'], { dial })).stderr,
  ).toMatch(/^template parsing error: template: :1:2: executing "" at <.ID>: map has no entry for key "ID"\n$/);
  expect(
    (await runInMemory(['inspect', '-f', '{{.ID}} {{.Config.Labels}} {{.Config.Healthcheck}}', 'c1'], { dial })).stdout,
  ).toBe('c1 map[a:1 b:2] <nil>\n');
  expect(await runInMemory(['inspect', 'c1', 'c2'], { dial })).toMatchObject({
    code: 1,
    stderr: 'Error: No such object: c2\n',
  });
  expect(await runInMemory(['inspect', '-f', '{{', 'c1'], { dial })).toMatchObject({
    code: 64,
    stderr: 'template parsing error: template: :1: unclosed action\n',
  });
});
