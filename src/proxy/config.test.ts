import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

test('nothing said allows the well-known registries', () => {
  const { registries, host } = parseConfig({});
  expect(host).toBe('127.0.0.1');
  expect(registries['docker.io']).toMatchObject({ upstream: 'https://registry-1.docker.io', allowPrivate: false });
});

test('a list replaces them, keeping what is known of those it names', () => {
  const { registries } = parseConfig({ registries: { 'docker.io': { push: false }, 'localhost:5000': {} } });
  expect(Object.keys(registries)).toEqual(['docker.io', 'localhost:5000']);
  expect(registries['docker.io']).toMatchObject({ upstream: 'https://registry-1.docker.io', push: false });
});

test("an upstream of one's own is not trusted with what belongs to the well-known one", () => {
  const { registries } = parseConfig({ registries: { 'docker.io': { upstream: 'http://10.0.0.2:5000' } } });
  expect(registries['docker.io']).toMatchObject({ upstream: 'http://10.0.0.2:5000', trusted: [] });
});

test.each([
  [{ prot: 1 }, 'Unrecognized key: "prot"'],
  [{ port: 'x' }, 'port: '],
  [{ registries: { 'https://ghcr.io': {} } }, 'registries.https://ghcr.io'],
  [{ registries: { 'ghcr.io': { upstream: 'https://ghcr.io/v2' } } }, 'without a path'],
  [{ registries: { 'ghcr.io': { upstream: 'file:///etc' } } }, 'registries.ghcr.io.upstream'],
  [{ limits: { blobBytes: -1 } }, 'limits.blobBytes'],
  [[], '(all of it)'],
])('%j names what is wrong', (input, message) => expect(() => parseConfig(input)).toThrow(message));

test('the example of the documentation is right', () => {
  const example = readFileSync(new URL('../../docs/proxy/drydock-proxy.json', import.meta.url), 'utf8');
  expect(Object.keys(parseConfig(JSON.parse(example)).registries)).toContain('registry.example.org:5000');
});
