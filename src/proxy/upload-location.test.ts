import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOperation } from './operation.ts';
import { rewriteLocation, uploadPath } from './upload-location.ts';

const registry = { name: 'r.example:5000', origin: 'https://upstream.example' };

/** What the registry is asked when a client goes on at a location, adding a query. */
function followed(location: string, added = ''): string {
  const url = new URL(rewriteLocation(location, registry, 'a/b'), 'https://proxy.example');
  const path = url.pathname.slice(`/${registry.name}`.length);
  const query = url.search + (added && `${url.search ? '&' : '?'}${added}`);
  const operation = parseOperation('PUT', path);
  if (operation.kind !== 'upload') throw new Error(operation.kind);
  const target = uploadPath(path, query, operation, registry.origin);
  return target.path + target.query;
}

test("a location like the proxy's own stays readable", () => {
  expect(rewriteLocation('https://upstream.example/v2/a/b/blobs/uploads/id?_state=x', registry, 'a/b')).toBe(
    '/r.example:5000/v2/a/b/blobs/uploads/id?_state=x',
  );
  expect(followed('/v2/a/b/blobs/uploads/id?_state=x', 'digest=d')).toBe('/v2/a/b/blobs/uploads/id?_state=x&digest=d');
});

test('any other of the registry is carried and found again', () => {
  expect(followed('/artifacts/uploads/1?token=%C3%A9', 'digest=sha256%3A0')).toBe(
    '/artifacts/uploads/1?token=%C3%A9&digest=sha256%3A0',
  );
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const { pathname } = new URL(`/x${path}`, registry.origin);
      expect(followed(pathname)).toBe(pathname);
    }),
  );
});

test('other hosts are not followed', () => {
  expect(() => rewriteLocation('https://storage.example/put', registry, 'a')).toThrow('another host');
  expect(() => rewriteLocation('//storage.example/put', registry, 'a')).toThrow('another host');
});

test('a made-up session leads nowhere else', () => {
  const forged = (location: string) =>
    uploadPath('', '', { kind: 'upload', name: 'a', session: `~${btoa(location)}` }, registry.origin);
  expect(() => forged('https://evil.example/')).toThrow('no such upload');
  expect(() => forged('//evil.example/')).toThrow('no such upload');
  expect(() => uploadPath('', '', { kind: 'upload', name: 'a', session: '~%' }, registry.origin)).toThrow(
    'no such upload',
  );
});
