import { describe, expect, test } from 'vitest';
import { fakeEngine, type FakeRequest } from '../client/testing/fake-engine.ts';
import { proxyVariables } from './settings.ts';
import { runInMemory, type CliResult } from './testing/cli-in-memory.ts';

const container = {
  Id: '1234567890abcdef',
  Names: ['/web'],
  Image: 'busybox',
  Command: 'sh',
  Labels: {},
  Ports: [],
  Mounts: [],
};
const image = { Id: 'sha256:1234567890abcdef', RepoTags: ['busybox:latest'], RepoDigests: [], Created: 0, Size: 1 };

async function run(argv: string[], settings: string, env: Record<string, string> = {}): Promise<CliResult> {
  const { dial } = fakeEngine(({ target }) => {
    if (target.startsWith('/containers/json')) return { status: 200, json: [container] };
    if (target.startsWith('/images/json')) return { status: 200, json: [image] };
    return { status: 200, json: [] };
  });
  const folder = env['DOCKER_CONFIG'] ?? '/root/.docker';
  return runInMemory(argv, { dial, env, files: new Map([[`${folder}/config.json`, settings]]) });
}

describe('config.json', () => {
  const formats = JSON.stringify({ psFormat: 'table {{.Names}}', imagesFormat: '{{.Repository}}' });

  test('has the formats of lists', async () => {
    expect((await run(['ps'], formats)).stdout).toBe('NAMES\nweb\n');
    expect((await run(['images'], formats)).stdout).toBe('busybox\n');
  });

  test('gives way to --format and --quiet', async () => {
    expect((await run(['ps', '--format', '{{.Names}}!'], formats)).stdout).toBe('web!\n');
    expect((await run(['ps', '-q'], formats)).stdout).toBe('1234567890ab\n');
    expect((await run(['images', '-q'], formats)).stdout).toBe('1234567890ab\n');
  });

  test('lies where --config or DOCKER_CONFIG say', async () => {
    const env = { DOCKER_CONFIG: '/etc/docker-client' };
    expect((await run(['ps'], formats, env)).stdout).toBe('NAMES\nweb\n');
    expect((await run(['--config', '/other', 'ps', '--format', 'x'], formats, env)).stdout).toBe('x\n');
  });

  test('that is none is warned of once, and does no harm', async () => {
    const { stdout, stderr, code } = await run(['ps', '-q'], '{bad');
    expect(stderr).toMatch(/^WARNING: Error parsing config file \(\/root\/\.docker\/config\.json\): .+\n$/);
    expect([stdout, code]).toEqual(['1234567890ab\n', 0]);
  });

  test('adds headers to every request', async () => {
    const heads: string[] = [];
    const { dial } = fakeEngine(() => ({ status: 200, json: [] }));
    await runInMemory(['ps'], {
      files: new Map([['/root/.docker/config.json', '{"HttpHeaders":{"X-Meta":"me"}}']]),
      dial: async () => {
        const connection = await dial();
        const writer = connection.writable.getWriter();
        const writable = new WritableStream<Uint8Array>({
          write: (bytes) => {
            heads.push(new TextDecoder().decode(bytes));
            return writer.write(bytes);
          },
          close: () => writer.close(),
        });
        return { readable: connection.readable, writable };
      },
    });
    expect(heads.filter((head) => / HTTP\/1\.1\r\n/.test(head)).map((head) => /X-Meta: me\r\n/.test(head))).toEqual([
      true,
      true,
    ]);
  });
});

test('proxies become variables of a container, but for those it sets itself', () => {
  const settings = { proxies: { default: { httpProxy: 'http://p', noProxy: 'x' } } };
  expect(proxyVariables(settings, 'unix:///var/run/docker.sock', ['no_proxy=y'])).toEqual([
    'HTTP_PROXY=http://p',
    'http_proxy=http://p',
  ]);
});

describe('which engine', () => {
  const lost = /^Failed to initialize: unable to resolve docker endpoint: /;
  const missing =
    'context "foo": context not found: open /root/.docker/contexts/meta/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae/meta.json: no such file or directory\n';

  test.each<[string, string[], string, Record<string, string>, string]>([
    ['--context', ['-c', 'foo', 'ps'], '{}', {}, missing],
    ['DOCKER_CONTEXT', ['ps'], '{}', { DOCKER_CONTEXT: 'foo' }, missing],
    ['currentContext', ['ps'], '{"currentContext":"foo"}', {}, missing],
    ['two hosts', ['-H', 'a', '-H', 'b', 'ps'], '{}', {}, 'Specify only one -H\n'],
    ['DOCKER_HOST', ['ps'], '{}', { DOCKER_HOST: 'foo://x' }, 'invalid bind address format: foo://x\n'],
  ])('%s', async (_name, argv, settings, env, reason) => {
    const { stderr, code } = await run(argv, settings, env);
    expect(stderr).toMatch(lost);
    expect(stderr.replace(lost, '')).toBe(reason);
    expect(code).toBe(1);
  });

  test('DOCKER_HOST overrides a context, and context ls says so', async () => {
    const env = { DOCKER_HOST: 'unix:///var/run/docker.sock', DOCKER_CONTEXT: 'foo' };
    expect(await run(['ps', '-q'], '{}', env)).toMatchObject({ stdout: '1234567890ab\n', code: 0 });
    expect((await run(['context', 'ls', '-q'], '{}', env)).stderr).toMatch(
      /^Warning: DOCKER_HOST environment variable/,
    );
  });

  test('a context that is not there is listed with what is wrong', async () => {
    const { stdout } = await run(['context', 'ls'], '{}', { DOCKER_CONTEXT: 'foo' });
    expect(stdout).toMatch(/^foo \* +context "foo": context not found: open \/root…$/m);
    expect((await run(['context', 'show'], '{}', { DOCKER_CONTEXT: 'foo' })).stdout).toBe('foo\n');
  });
});

describe('the environment', () => {
  test('DOCKER_API_VERSION fixes the version, without asking', async () => {
    const asked: FakeRequest[] = [];
    const { dial } = fakeEngine((request) => {
      asked.push(request);
      return { status: 200, json: [] };
    });
    await runInMemory(['version', '--format', '{{.Client.APIVersion}}'], {
      dial,
      env: { DOCKER_API_VERSION: '1.41' },
    }).then(({ stdout }) => expect(stdout).toBe('1.41\n'));
    expect(asked.map(({ target }) => target)).toEqual(['/version']);
  });

  test('DOCKER_HIDE_LEGACY_COMMANDS leaves short forms out of the help, and they still work', async () => {
    const env = { DOCKER_HIDE_LEGACY_COMMANDS: '1' };
    const { stdout } = await run(['--help'], '{}', env);
    expect(stdout).not.toMatch(/^Commands:$/m);
    expect(stdout).toMatch(/^ {2}run {9}Create and run/m);
    expect((await run(['rmi', '--help'], '{}', env)).stdout).toMatch(/^Usage: {2}docker rmi/);
  });
});

test('--help and --version before and after what is no command', async () => {
  expect((await run(['--help', 'ps'], '{}')).stdout).toMatch(/^Usage: {2}docker ps/);
  expect((await run(['nosuch', '--help'], '{}')).stdout).toMatch(/^Usage: {2}docker \[OPTIONS\] COMMAND/);
  expect((await run(['nosuch', '--foo'], '{}')).stderr).toMatch(/^unknown flag: --foo\n/);
  expect((await run(['-v', 'ps', '-q'], '{}')).stdout).toBe('1234567890ab\n');
});
