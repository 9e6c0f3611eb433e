import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { familiarName, familiarString, parseReference, repositoryName, withDefaultTag } from './reference.ts';

const hex = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';

describe('what Docker 26.1 refuses, in its words', () => {
  test.each([
    ['Foo', 'invalid reference format: repository name (library/Foo) must be lowercase'],
    ['foo/Bar', 'invalid reference format: repository name (foo/Bar) must be lowercase'],
    ['localhost/Foo', 'invalid reference format: repository name (Foo) must be lowercase'],
    ['Up per', 'invalid reference format: repository name (library/Up per) must be lowercase'],
    ['UPPER/x:', 'invalid reference format'],
    ['localhost:5000/foo@sha256:abc', 'invalid reference format'],
    [`busybox@sha256:${hex.slice(32)}`, 'invalid checksum digest length'],
    [`busybox@md5:${hex.slice(32)}`, 'unsupported digest algorithm'],
    [`busybox@sha256:${hex.toUpperCase()}`, 'invalid checksum digest format'],
    [`busybox@sha512:${hex}`, 'invalid checksum digest length'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['a'.repeat(248), 'repository name must not be more than 255 characters'],
    ...['', 'a//b', '/a', 'a/', 'a-', 'a___b', 'a..b', 'a:', 'a:-x', 'a:b:c', 'a b', 'a@b', 'café'].map((text) => [
      text,
      'invalid reference format',
    ]),
  ])('%s', (text, message) => {
    expect(() => parseReference(text)).toThrow(new Error(message));
  });
});

test.each([
  ['busybox', 'docker.io/library/busybox', 'busybox'],
  ['busybox:1.36', 'docker.io/library/busybox', 'busybox:1.36'],
  ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
  ['someone/thing', 'docker.io/someone/thing', 'someone/thing'],
  ['docker.io/a/b/c', 'docker.io/a/b/c', 'a/b/c'],
  ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
  ['localhost/foo', 'localhost/foo', 'localhost/foo'],
  ['localhost:5000/foo:TAG', 'localhost:5000/foo', 'localhost:5000/foo:TAG'],
  ['Foo/bar', 'Foo/bar', 'Foo/bar'],
  ['[::1]:5000/a', '[::1]:5000/a', '[::1]:5000/a'],
  ['a--b', 'docker.io/library/a--b', 'a--b'],
  ['a__b', 'docker.io/library/a__b', 'a__b'],
  [`foo.bar/baz:1@sha256:${hex}`, 'foo.bar/baz', `foo.bar/baz:1@sha256:${hex}`],
  ['a'.repeat(247), `docker.io/library/${'a'.repeat(247)}`, 'a'.repeat(247)],
])('%s', (text, full, familiar) => {
  const reference = parseReference(text);
  expect(repositoryName(reference)).toBe(full);
  expect(familiarString(reference)).toBe(familiar);
});

test('a tag is added only where nothing says which image', () => {
  expect(familiarString(withDefaultTag(parseReference('busybox')))).toBe('busybox:latest');
  expect(familiarString(withDefaultTag(parseReference('busybox:1')))).toBe('busybox:1');
  expect(familiarString(withDefaultTag(parseReference(`busybox@sha256:${hex}`)))).toBe(`busybox@sha256:${hex}`);
});

test('whatever is accepted means the same when shown and read again', () => {
  const unit = fc.constantFrom(...'abA01._-/:@[]', 'docker.io', 'library', 'sha256:', hex);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit, maxLength: 12 }), fc.string()), (text) => {
      let reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        expect((error as Error).message).not.toBe('');
        return;
      }
      const shown = familiarString(reference);
      // Docker takes docker.io/<64 hex> for a name, and shows it as the ID it refuses as one.
      if (!/^[0-9a-f]{64}$/.test(shown)) expect(parseReference(shown)).toEqual(reference);
      expect(familiarName(reference)).not.toMatch(/^library\/[^/]*$/);
    }),
    { numRuns: 2000, examples: [['a_docker.io/a']] },
  );
});

test('long input that almost matches is refused at once', () => {
  for (const text of [`${'a-'.repeat(50_000)}!`, `${'a.'.repeat(50_000)}/!`, `${'a/'.repeat(50_000)}!`]) {
    expect(() => parseReference(text)).toThrow('invalid reference format');
  }
});
