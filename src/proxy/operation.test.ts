import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOperation, scopesOf } from './operation.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test.each([
  ['GET', '/v2/', { kind: 'ping' }],
  ['HEAD', '/v2', { kind: 'ping' }],
  ['GET', '/v2/_catalog', { kind: 'catalog' }],
  ['GET', '/v1/search', { kind: 'search' }],
  ['GET', '/v2/library/busybox/manifests/latest', { kind: 'manifest', name: 'library/busybox', reference: 'latest' }],
  ['PUT', `/v2/a/manifests/${digest}`, { kind: 'manifest', name: 'a', reference: digest }],
  ['GET', `/v2/a/b/c/blobs/${digest}`, { kind: 'blob', name: 'a/b/c', digest }],
  ['GET', '/v2/a/tags/list', { kind: 'tags', name: 'a' }],
  ['GET', `/v2/a/referrers/${digest}`, { kind: 'referrers', name: 'a' }],
  ['POST', '/v2/a/blobs/uploads/', { kind: 'upload', name: 'a', session: '' }],
  ['PATCH', '/v2/a/blobs/uploads/5-x_=.~', { kind: 'upload', name: 'a', session: '5-x_=.~' }],
])('%s %s', (method, path, operation) => {
  expect(parseOperation(method, path)).toEqual(operation);
});

test.each([
  ['GET', '/v2/a/../b/manifests/x'],
  ['GET', '/v2/a%2f/manifests/x'],
  ['GET', '/v2/A/manifests/x'],
  ['GET', '/v2/a/blobs/sha256:00'],
  ['GET', '/v2/a/manifests/sha512:00'],
  ['GET', '/v1/images'],
  ['GET', '/'],
  ['GET', '/v2/a/blobs/uploads/x/y'],
])('%s %s is none', (method, path) => {
  expect(() => parseOperation(method, path)).toThrow('no request of the distribution API');
});

test.each([
  ['DELETE', '/v2/a/manifests/x'],
  ['POST', `/v2/a/blobs/${digest}`],
  ['DELETE', `/v2/a/blobs/${digest}`],
  ['POST', '/v2/'],
])('%s %s is not let through', (method, path) => {
  expect(() => parseOperation(method, path)).toThrow('only');
});

test('scopes ask for no more than the operation needs', () => {
  const scopes = (method: string, path: string, query = '') =>
    scopesOf(parseOperation(method, path), method, new URLSearchParams(query));
  expect(scopes('GET', '/v2/')).toEqual([]);
  expect(scopes('GET', '/v2/a/manifests/x')).toEqual(['repository:a:pull']);
  expect(scopes('PUT', '/v2/a/manifests/x')).toEqual(['repository:a:pull,push']);
  expect(scopes('POST', '/v2/a/blobs/uploads/', `mount=${digest}&from=b`)).toEqual([
    'repository:a:pull,push',
    'repository:b:pull',
  ]);
});

test('random paths are either an operation or refused', () => {
  fc.assert(
    fc.property(fc.constantFrom('GET', 'PUT', 'POST'), fc.string(), (method, text) => {
      try {
        return 'kind' in parseOperation(method, `/v2/${text}`);
      } catch (error) {
        return [404, 405, 400].includes((error as { status: number }).status);
      }
    }),
  );
});
