import { expect, test } from 'vitest';
import { RegistryConfig } from './registry-config.ts';

const configured = (mirrors: string[], insecureRegistries: string[] = []) =>
  new RegistryConfig({ mirrors, insecureRegistries });

test('mirrors keep their order, once each, with a slash at their end', () => {
  const { mirrors } = configured(['https://b:5000', 'http://a/', 'https://b:5000/']);
  expect(mirrors).toEqual([
    { url: 'https://b:5000/', host: 'b:5000', isPlain: false },
    { url: 'http://a/', host: 'a', isPlain: true },
  ]);
});

// What dockerd said to each.
test.each([
  ['x', 'invalid mirror: unsupported scheme "" in "x"'],
  ['ftp://a', 'invalid mirror: unsupported scheme "ftp" in "ftp://a"'],
  ['https://a?x=1', 'invalid mirror: query or fragment at end of the URI "https://a?x=1"'],
  ['https://u:p@a', 'invalid mirror: username/password not allowed in URI "https://u:xxxxx@a"'],
  ['https://a/b', 'invalid mirror: the registry proxy cannot ask below a path: "https://a/b"'],
])('the mirror %s is refused', (mirror, message) => {
  expect(() => configured([mirror])).toThrow(new Error(message));
});

test.each([
  ['-x', 'invalid index name (-x). Cannot begin or end with a hyphen'],
  ['a_b:xx', 'insecure registry a_b:xx is not valid: invalid host "a_b"'],
  ['r:99999', 'insecure registry r:99999 is not valid: invalid port "99999"'],
  ['r/x', 'insecure registry r/x is not valid: invalid host "r/x"'],
  ['ftp://x', "insecure registry ftp://x should not contain '://'"],
])('the insecure registry %s is refused', (registry, message) => {
  expect(() => configured([], [registry])).toThrow(new Error(message));
});

test('which registries are insecure', () => {
  const config = configured([], ['r.example:5000', 'http://plain', '10.1.2.3/8', 'docker.io']);
  const insecure = ['r.example:5000', 'plain', '10.9.9.9', '10.9.9.9:5000', 'localhost:1', '127.3.0.1', '[::1]:5000'];
  expect(insecure.filter((domain) => !config.isInsecure(domain))).toEqual([]);
  const secure = ['r.example', 'example.org', '11.0.0.1', 'ghcr.io', '[fe80::1]:5000'];
  expect(secure.filter((domain) => config.isInsecure(domain))).toEqual([]);
});

test('what GET /info says', () => {
  expect(configured(['https://m'], ['r:5000', '10.1.2.3/8']).info()).toEqual({
    InsecureRegistryCIDRs: ['10.0.0.0/8', '::1/128', '127.0.0.0/8'],
    IndexConfigs: {
      'docker.io': { Name: 'docker.io', Mirrors: ['https://m/'], Secure: true, Official: true },
      'r:5000': { Name: 'r:5000', Mirrors: [], Secure: false, Official: false },
    },
    Mirrors: ['https://m/'],
  });
  expect(new RegistryConfig().info().Mirrors).toBeNull();
});
