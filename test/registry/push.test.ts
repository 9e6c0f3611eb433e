// docker login, push and pull with real registries, by the engine in the real guest, through the proxy.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestGuest } from '../engine/support/guest.ts';
import { makeCertificate } from './support/certificate.ts';
import { DockerRegistry } from './support/docker-registry.ts';
import { Proxied } from './support/proxied.ts';
import { TokenServer } from './support/token-server.ts';

const users = { ann: 'secret' };
let plain: DockerRegistry;
let passwords: DockerRegistry;
let tokened: DockerRegistry;
let tokens: TokenServer;
let proxied: Proxied;
let guest: TestGuest;

beforeAll(async () => {
  const certificate = makeCertificate();
  tokens = await TokenServer.start({ certificate, users, open: [] });
  const token = {
    realm: `${tokens.origin}/token`,
    service: tokens.service,
    issuer: tokens.issuer,
    rootCertBundle: certificate.certificate,
  };
  [plain, passwords, tokened] = await Promise.all([
    DockerRegistry.start(),
    DockerRegistry.start({ users }),
    DockerRegistry.start({ token }),
  ]);
  const local = (registry: DockerRegistry) => ({
    upstream: registry.origin,
    trusted: [tokens.origin],
    allowPrivate: true,
  });
  proxied = await Proxied.start({
    registries: {
      'plain.test': local(plain),
      'passwords.test': local(passwords),
      'tokened.test': local(tokened),
      'readonly.test': { ...local(plain), push: false },
    },
  });
  guest = await TestGuest.start({ images: ['busybox'], proxy: proxied.endpoint });
});

afterAll(async () => {
  await guest.stop();
  tokens.stop();
  await Promise.all([plain, passwords, tokened].map((registry) => registry.stop()));
});

const matching = (text: string): RegExp => new RegExp(text, 'm');

test('an image is pushed, is there the second time, and is mounted into another repository', async () => {
  await guest.docker('tag', 'busybox', 'plain.test/team/busybox:v1');
  const first = await guest.docker('push', 'plain.test/team/busybox:v1');
  expect(first).toMatch(
    /^The push refers to repository \[plain\.test\/team\/busybox\]\n[0-9a-f]{12}: Preparing\n[0-9a-f]{12}: Pushed\nv1: digest: sha256:[0-9a-f]{64} size: \d+$/,
  );
  const again = await guest.docker('push', 'plain.test/team/busybox:v1');
  expect(again).toMatch(matching('^[0-9a-f]{12}: Layer already exists$'));
  await guest.docker('tag', 'busybox', 'plain.test/other/bb');
  const mounted = await guest.docker('push', 'plain.test/other/bb');
  expect(mounted).toMatch(matching('^Using default tag: latest\nThe push refers'));
  expect(mounted).toMatch(matching('^[0-9a-f]{12}: Mounted from team/busybox$'));
  const digests = [first, again, mounted].map((text) => /digest: (\S+)/.exec(text)![1]);
  expect(new Set(digests).size).toBe(1);
  expect(await guest.docker('images', '--digests', '--format', '{{.Digest}}', 'plain.test/team/busybox')).toBe(
    digests[0],
  );
});

test('what was pushed is pulled back and runs', async () => {
  await guest.docker('rmi', 'plain.test/team/busybox:v1', 'plain.test/other/bb');
  expect(await guest.docker('run', '--quiet', '--rm', 'plain.test/team/busybox:v1', 'echo', 'hello')).toBe('hello');
});

test('all tags, quietly', async () => {
  await guest.docker('tag', 'busybox', 'plain.test/many:a');
  await guest.docker('tag', 'busybox', 'plain.test/many:b');
  expect(await guest.docker('push', '--quiet', '--all-tags', 'plain.test/many')).toBe('plain.test/many');
  const listed = await proxied.request('/plain.test/v2/many/tags/list');
  expect(((await listed.json()) as { tags: string[] }).tags.sort()).toEqual(['a', 'b']);
});

test('what cannot be pushed', async () => {
  const stderr = async (...args: string[]) => (await guest.tryDocker('push', ...args)).stderr;
  expect(await stderr('plain.test/none')).toBe('An image does not exist locally with the tag: plain.test/none\n');
  expect(await stderr('plain.test/many:zz')).toBe('tag does not exist: plain.test/many:zz\n');
  expect(await stderr('-a', 'plain.test/many:a')).toBe("tag can't be used with --all-tags/-a\n");
  expect(await stderr(`busybox@sha256:${'0'.repeat(64)}`)).toBe('cannot push a digest reference\n');
  await guest.docker('tag', 'busybox', 'readonly.test/x');
  expect(await stderr('readonly.test/x')).toContain('the proxy does not push to readonly.test');
  await guest.docker('tag', 'busybox', 'elsewhere.test/x');
  expect(await stderr('elsewhere.test/x')).toContain("this page's registry proxy does not list elsewhere.test");
});

test('a registry with passwords: refused, logged in, logged out', async () => {
  await guest.docker('tag', 'busybox', 'passwords.test/x/y');
  const refused = await guest.tryDocker('push', 'passwords.test/x/y');
  expect(refused.stderr).toBe('no basic auth credentials\n');
  const login = (password: string) =>
    guest.startDocker({ stdin: password }, 'login', '--username', 'ann', '--password-stdin', 'passwords.test').result;
  const wrong = await login('wrong');
  expect(wrong.stderr).toBe(
    'Error response from daemon: login attempt to https://passwords.test/v2/ failed with status: 401 Unauthorized\n',
  );
  expect(wrong.exitCode).toBe(1);
  const right = await login('secret\n');
  expect(right.stdout).toBe('Login Succeeded\n');
  expect(right.stderr).toContain('Your credentials are stored unencrypted in');
  expect(await guest.docker('push', '--quiet', 'passwords.test/x/y')).toBe('passwords.test/x/y:latest');
  expect(await guest.docker('pull', '--quiet', 'passwords.test/x/y')).toBe('passwords.test/x/y:latest');
  expect(await guest.docker('logout', 'passwords.test')).toBe('Removing login credentials for passwords.test');
  expect(await guest.docker('logout', 'passwords.test')).toBe('Removing login credentials for passwords.test');
  expect((await guest.tryDocker('pull', 'passwords.test/x/y')).stderr).toBe(
    'Error response from daemon: Head "https://passwords.test/v2/x/y/manifests/latest": no basic auth credentials\n',
  );
});

test('logging in: what is missing, what is kept, what has become wrong', async () => {
  const stderr = async (...args: string[]) => {
    const { stderr, exitCode } = await guest.tryDocker('login', ...args);
    expect(exitCode).toBe(1);
    return stderr;
  };
  const noTerminal = 'Error: Cannot perform an interactive login from a non TTY device\n';
  expect(await stderr()).toBe(noTerminal);
  expect(await stderr('-u', 'ann', 'passwords.test')).toBe(noTerminal);
  expect(await stderr('-u', 'ann', '--password-stdin', 'passwords.test')).toBe(noTerminal);
  expect(await stderr('-u', '', '-p', 'x')).toBe('username is empty\n');
  expect(await stderr('-u', 'ann', '-p', '')).toBe('password is empty\n');
  expect(await stderr('--password-stdin')).toBe('the --password-stdin option requires --username to be set\n');
  expect(await stderr('-p', 'x', '--password-stdin')).toBe(
    'conflicting options: cannot specify both --password and --password-stdin\n',
  );
  const typed = guest.startDocker({ tty: true }, 'login', 'passwords.test');
  typed.type('ann\n');
  typed.type('secret\n');
  expect((await typed.result).stdout).toBe('Username: Password: \nLogin Succeeded\n');
  const again = await guest.tryDocker('login', 'passwords.test');
  expect(again).toEqual({
    stdout: 'Login Succeeded\n',
    stderr:
      "Authenticating with existing credentials... [Username: ann]\n\n Info -> To login with a different account, run 'docker logout' followed by 'docker login'\n\n\n",
    exitCode: 0,
  });
  await guest.host(`sed -i 's/"auth": ".*"/"auth": "YW5uOm9sZA=="/' /root/.docker/config.json`);
  const stale = await guest.tryDocker('login', 'passwords.test');
  expect(stale.stderr).toContain(`Stored credentials invalid or expired\n${noTerminal}`);
  expect(stale.exitCode).toBe(1);
});

test('a registry with tokens', async () => {
  await guest.docker('tag', 'busybox', 'tokened.test/x');
  const login = (password: string) => guest.tryDocker('login', '-u', 'ann', '-p', password, 'tokened.test');
  expect((await login('wrong')).stderr).toContain(
    'Get "https://tokened.test/v2/": unauthorized: incorrect username or password',
  );
  expect((await login('secret')).stdout).toBe('Login Succeeded\n');
  expect(await guest.docker('push', '--quiet', 'tokened.test/x')).toBe('tokened.test/x:latest');
  await guest.docker('logout', 'tokened.test');
  expect((await guest.tryDocker('pull', 'tokened.test/x')).stderr).toContain(
    "pull access denied for tokened.test/x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  );
});
