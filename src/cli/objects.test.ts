import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fakeEngine, type FakeReply } from '../client/testing/fake-engine.ts';
import { runInMemory, type CliOptions } from './testing/cli-in-memory.ts';

const now = Date.parse('2026-11-21T05:08:09Z');
beforeEach(() => vi.useFakeTimers({ now, toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

/** Runs a command on an engine that answers requests by method and path; what it has no answer for is not found. */
async function run(argv: string[], answers: Record<string, FakeReply> = {}, options: CliOptions = {}) {
  const { dial, asked } = fakeEngine(
    ({ method, target }) =>
      answers[`${method} ${target.split('?')[0]}`] ?? { status: 404, json: { message: `No such thing: ${target}` } },
  );
  const { stdout, stderr, code } = await runInMemory(argv, { dial, ...options });
  return { stdout, stderr, code, asked: asked.map(decodeURIComponent) };
}
const ok = (json: unknown): FakeReply => ({ status: 200, json });
const failure = (status: number, message: string): FakeReply => ({ status, json: { message } });

// Output and errors below are those of Docker's CLI 28.2.2 on an engine 26.1.
describe('docker rename', () => {
  test('takes two names', async () => {
    const { asked, ...result } = await run(['rename', 'o1', 'o2'], { 'POST /containers/o1/rename': { status: 204 } });
    expect(result).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(asked).toEqual(['POST /containers/o1/rename?name=o2']);
    expect(await run(['rename', 'o2', ' '])).toMatchObject({
      stderr: 'Error: Neither old nor new names may be empty\n',
      code: 1,
      asked: [],
    });
  });

  test('says which container it could not rename', async () => {
    const answers = { 'POST /containers/o2/rename': failure(400, 'no') };
    expect(await run(['rename', 'o2', 'o2'], answers)).toMatchObject({
      stderr: 'Error response from daemon: no\nError: failed to rename container named o2\n',
      code: 1,
    });
  });
});

describe('docker port', () => {
  const container = (ports: unknown) => ({ 'GET /containers/c1/json': ok({ NetworkSettings: { Ports: ports } }) });
  const published = container({
    '443/tcp': [{ HostIp: '0.0.0.0', HostPort: '8443' }],
    '80/tcp': [
      { HostIp: '0.0.0.0', HostPort: '8080' },
      { HostIp: '::', HostPort: '8080' },
    ],
    '53/udp': null,
  });

  test('lists what is published', async () => {
    expect((await run(['port', 'c1'], published)).stdout).toBe(
      '80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n443/tcp -> 0.0.0.0:8443\n',
    );
    expect((await run(['port', 'c1', '80'], published)).stdout).toBe('0.0.0.0:8080\n[::]:8080\n');
    expect(await run(['port', 'c1'], container({}))).toMatchObject({ stdout: '', stderr: '', code: 0 });
  });

  test.each([
    ['53/udp', "Error: No public port '53/udp' published for c1\n"],
    ['80/foo', "Error: No public port '80/foo' published for c1\n"],
    ['foo', 'Error: invalid port (foo): strconv.ParseUint: parsing "foo": invalid syntax\n'],
  ])('refuses %s', async (wanted, stderr) => {
    expect(await run(['port', 'c1', wanted], published)).toMatchObject({ stdout: '', stderr, code: 1 });
  });

  test('counts its arguments', async () => {
    expect((await run(['port'])).stderr).toBe(
      "docker: 'docker port' requires at least 1 and at most 2 arguments\n\nUsage:  docker port CONTAINER [PRIVATE_PORT[/PROTO]]\n\nRun 'docker port --help' for more information\n",
    );
  });
});

test('docker top passes options on to ps', async () => {
  const { stdout, asked } = await run(['top', 'c1', '-o', 'pid,args'], {
    'GET /containers/c1/top': ok({ Titles: ['PID', 'COMMAND'], Processes: [['18368', 'sleep 100']] }),
  });
  expect(stdout).toBe('PID                 COMMAND\n18368               sleep 100\n');
  expect(asked).toEqual(['GET /containers/c1/top?ps_args=-o+pid,args']);
});

describe('docker history', () => {
  const id = 'sha256:ff233fe341bb16aa9282c0620874e04b2ecb0962ebc1ba4f3655076f5034b33c';
  const created = Date.parse('2026-11-21T04:01:41Z') / 1000;
  const answers = {
    'GET /images/busybox/history': ok([
      { Comment: 'Imported from -', Created: created, CreatedBy: '', Id: id, Size: 1982461, Tags: ['busybox:latest'] },
      {
        Comment: '',
        Created: created,
        CreatedBy: `/bin/sh -c\techo ${'x'.repeat(50)}`,
        Id: '<missing>',
        Size: 0,
        Tags: null,
      },
    ]),
  };

  test('is a table', async () => {
    expect((await run(['history', 'busybox'], answers)).stdout).toBe(
      `IMAGE          CREATED             CREATED BY                                      SIZE      COMMENT
ff233fe341bb   About an hour ago                                                   1.98MB    Imported from -
<missing>      About an hour ago   /bin/sh -c echo xxxxxxxxxxxxxxxxxxxxxxxxxxxx…   0B        
`,
    );
    expect((await run(['history', '-q', 'busybox'], answers)).stdout).toBe('ff233fe341bb\n<missing>\n');
    expect((await run(['history', '--no-trunc', '-q', 'busybox'], answers)).stdout).toBe(`${id}\n<missing>\n`);
  });

  test('is exact with --human=false', async () => {
    expect((await run(['history', '--human=false', 'busybox'], answers)).stdout).toMatch(
      /^IMAGE +CREATED AT +CREATED BY +SIZE +COMMENT\nff233fe341bb +2026-11-21T04:01:41Z +1982461 +Imported from -\n/,
    );
  });

  test('takes a format', async () => {
    expect((await run(['history', '--format', 'json', 'busybox'], answers)).stdout.split('\n')[0]).toBe(
      '{"Comment":"Imported from -","CreatedAt":"2026-11-21T04:01:41Z","CreatedBy":"","CreatedSince":"About an hour ago","ID":"ff233fe341bb","Size":"1.98MB"}',
    );
    expect((await run(['history', '--format', '{{.Tags}}', 'busybox'], answers)).stderr).toBe(
      'template parsing error: template: :1:2: executing "" at <.Tags>: can\'t evaluate field Tags in type *image.historyContext\n',
    );
  });
});

describe('docker tag', () => {
  test('gives a name, :latest by default', async () => {
    const answers = { 'POST /images/busybox/tag': { status: 201 } };
    expect((await run(['tag', 'busybox', 'foo'], answers)).asked).toEqual([
      'POST /images/busybox/tag?repo=foo&tag=latest',
    ]);
    expect((await run(['image', 'tag', 'busybox', 'localhost:5000/a/b:1'], answers)).asked).toEqual([
      'POST /images/busybox/tag?repo=localhost:5000/a/b&tag=1',
    ]);
  });

  test.each([
    ['BAD', 'invalid reference format: repository name (library/BAD) must be lowercase'],
    ['', 'invalid reference format'],
    ['UPPER/x:', 'invalid reference format'],
    ['Up per', 'invalid reference format: repository name (library/Up per) must be lowercase'],
  ])('refuses %j', async (name, reason) => {
    expect(await run(['tag', 'busybox', name])).toMatchObject({
      stderr: `Error parsing reference: "${name}" is not a valid repository/tag: ${reason}\n`,
      code: 1,
      asked: [],
    });
  });

  test('refuses a digest', async () => {
    expect((await run(['tag', 'busybox', `foo@sha256:${'ab'.repeat(32)}`])).stderr).toBe(
      'refusing to create a tag with a digest reference\n',
    );
  });
});

describe('docker events', () => {
  const line =
    '{"status":"create","id":"d45d","from":"busybox","Type":"container","Action":"create","Actor":{"ID":"d45d","Attributes":{"name":"o1","image":"busybox","a":"b"}},"scope":"local","time":1795237687,"timeNano":1795237687334238797}';
  const answers = { 'GET /events': { status: 200, text: `${line}\n` } };

  test('come with all their nanoseconds', async () => {
    expect((await run(['events'], answers)).stdout).toBe(
      '2026-11-21T05:08:07.334238797Z container create d45d (a=b, image=busybox, name=o1)\n',
    );
    expect((await run(['events', '--format', 'json'], answers)).stdout).toBe(`${line}\n`);
    expect((await run(['events', '--format', '{{.TimeNano}} {{.Action}}'], answers)).stdout).toBe(
      '1795237687334238797 create\n',
    );
    expect(
      (
        await run(
          ['events', '--format', '{{.Action}} {{.Actor.Attributes.name}} {{.Status}} {{.ID}} {{.From}}'],
          answers,
        )
      ).stdout,
    ).toBe('create o1 create d45d busybox\n');
  });

  test('are asked for by time and filter', async () => {
    expect((await run(['events', '--since', '10s', '--until', '0', '-f', 'type=container'], answers)).asked).toEqual([
      'GET /events?filters={"type":{"container":true}}&since=1795237679&until=0',
    ]);
    expect(await run(['events', '--since', 'bad'])).toMatchObject({
      stderr: 'failed to parse value as time or duration: "bad"\n',
      code: 1,
    });
  });

  test.each([
    ['{{.Foo}}', 'template: :1:2: executing "" at <.Foo>: can\'t evaluate field Foo in type *events.Message'],
    ['{{', 'template: :1: unclosed action'],
  ])('refuse the format %s', async (format, reason) => {
    expect(await run(['events', '--format', format], answers)).toMatchObject({
      stderr: `Error parsing format: ${reason}\n`,
      code: 64,
      asked: [],
    });
  });
});

describe('docker container prune', () => {
  const answers = { 'POST /containers/prune': ok({ ContainersDeleted: ['8128d44e'], SpaceReclaimed: 1500 }) };
  const question = 'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ';

  test.each(['n\n', '', 'yes\n'])('does nothing on the answer %j', async (stdin) => {
    expect(await run(['container', 'prune'], answers, { stdin })).toEqual({
      stdout: question,
      stderr: '',
      code: 0,
      asked: [],
    });
  });

  test('lists what it removed', async () => {
    const told = 'Deleted Containers:\n8128d44e\n\nTotal reclaimed space: 1.5kB\n';
    expect((await run(['container', 'prune'], answers, { stdin: 'Y\n' })).stdout).toBe(question + told);
    const { stdout, asked } = await run(['container', 'prune', '-f', '--filter', 'label!=k'], answers);
    expect(stdout).toBe(told);
    expect(asked).toEqual(['POST /containers/prune?filters={"label!":{"k":true}}']);
    const nothing = { 'POST /containers/prune': ok({ ContainersDeleted: null, SpaceReclaimed: 0 }) };
    expect((await run(['container', 'prune', '-f'], nothing)).stdout).toBe('Total reclaimed space: 0B\n');
  });
});

test('docker image prune', async () => {
  const removed = [{ Untagged: 'foo:1' }, { Deleted: 'sha256:ab' }];
  const answers = { 'POST /images/prune': ok({ ImagesDeleted: removed, SpaceReclaimed: 12_000_000 }) };
  expect(await run(['image', 'prune', '-a', '-f'], answers)).toMatchObject({
    stdout: 'Deleted Images:\nuntagged: foo:1\ndeleted: sha256:ab\n\nTotal reclaimed space: 12MB\n',
    asked: ['POST /images/prune?filters={"dangling":{"false":true}}'],
  });
  expect((await run(['image', 'prune'], answers)).stdout).toBe(
    'WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ',
  );
});

describe('docker network', () => {
  const network = (name: string, id: string, driver: string) => ({
    Name: name,
    Id: id.padEnd(64, '0'),
    Created: '2026-11-21T03:20:47.913403489Z',
    Scope: 'local',
    Driver: driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }] },
    Internal: false,
    Labels: {},
  });
  const bridge = network('bridge', '5146e26eb381', 'bridge');
  const answers = {
    'GET /networks': ok([network('none', '4675581181b5', 'null'), bridge, network('host', '99d14b7efee0', 'host')]),
    'GET /networks/bridge': ok(bridge),
  };

  test('ls', async () => {
    expect((await run(['network', 'ls'], answers)).stdout).toBe(
      `NETWORK ID     NAME      DRIVER    SCOPE
5146e26eb381   bridge    bridge    local
99d14b7efee0   host      host      local
4675581181b5   none      null      local
`,
    );
    expect((await run(['network', 'list', '-q', '--no-trunc', '-f', 'name=b'], answers)).stdout).toContain(
      `${bridge.Id}\n`,
    );
    expect((await run(['network', 'ls', '--format', 'json'], answers)).stdout.split('\n')[0]).toBe(
      '{"CreatedAt":"2026-11-21 03:20:47.913403489 +0000 UTC","Driver":"bridge","ID":"5146e26eb381","IPv4":"true","IPv6":"false","Internal":"false","Labels":"","Name":"bridge","Scope":"local"}',
    );
  });

  test('inspect', async () => {
    const format = '{{.Name}} {{.Created}} {{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}';
    expect(await run(['network', 'inspect', '-f', format, 'bridge', 'nosuch'], answers)).toMatchObject({
      stdout: 'bridge 2026-11-21 03:20:47.913403489 +0000 UTC 172.17.0.0/16 172.17.0.1\n',
      stderr: 'Error response from daemon: No such thing: /networks/nosuch\n',
      code: 1,
    });
  });
});

describe('docker context', () => {
  test('has the default one', async () => {
    expect((await run(['context', 'ls'])).stdout).toBe(
      `NAME        DESCRIPTION                               DOCKER ENDPOINT               ERROR
default *   Current DOCKER_HOST based configuration   unix:///var/run/docker.sock   
`,
    );
    expect((await run(['context', 'ls', '--format', 'json'])).stdout).toBe(
      '{"Current":true,"Description":"Current DOCKER_HOST based configuration","DockerEndpoint":"unix:///var/run/docker.sock","Error":"","Name":"default"}\n',
    );
    expect((await run(['context', 'show'])).stdout).toBe('default\n');
    expect(await run(['context', 'use', 'default'])).toMatchObject({
      stdout: 'default\n',
      stderr: 'Current context is now "default"\n',
      code: 0,
    });
    expect((await run(['context', 'inspect', '-f', '{{.Endpoints.docker.Host}}'])).stdout).toBe(
      'unix:///var/run/docker.sock\n',
    );
    expect((await run(['context', 'inspect'])).stdout).toContain('"MetadataPath": "\\u003cIN MEMORY\\u003e"');
  });

  test('has no other', async () => {
    expect(await run(['context', 'use', 'foo'])).toMatchObject({
      stderr:
        'context "foo": context not found: open /root/.docker/contexts/meta/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/meta.json: no such file or directory\n',
      code: 1,
    });
    expect((await run(['context', 'use'])).stderr).toBe('accepts 1 arg(s), received 0\n');
    expect((await run(['context', 'create', 'x'])).stderr).toBe(
      'docker: \'docker context create\' is not available in Drydock: the only context is "default"\n',
    );
  });
});
