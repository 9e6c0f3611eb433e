import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetOf } from './archive-target.ts';

const file = (name: string) => ({ type: 'file', name, linkName: '' }) as const;
const link = (type: 'hardlink' | 'symlink', name: string, linkName: string) => ({ type, name, linkName });

describe('targetOf', () => {
  test.each([
    ['a', '/d', '/d/a'],
    ['./a//b/', '/d', '/d/a/b'],
    ['/a', '/d', '/d/a'],
    ['../a', '/', '/a'],
    ['x/../../d/a', '/d', '/d/a'],
    ['d/../.', '/d', '/d'],
  ])('%s in %s is %s', (name, destination, path) => {
    expect(targetOf(file(name), destination).path).toBe(path);
  });

  test('what is outside is refused in moby\u2019s words', () => {
    expect(() => targetOf(file('../x'), '/tmp')).toThrow('"../x" is outside of "/tmp"');
    expect(() => targetOf(file('..'), '/tmp')).toThrow('".." is outside of "/tmp"');
    expect(() => targetOf(link('hardlink', 'h', '../etc/passwd'), '/tmp')).toThrow(
      'invalid hardlink "/etc/passwd" -> "../etc/passwd"',
    );
    expect(() => targetOf(link('symlink', 's', '../x'), '/tmp')).toThrow('invalid symlink "/tmp/s" -> "../x"');
  });

  test('links inside, and absolute ones, are let through', () => {
    expect(targetOf(link('hardlink', 'b/h', 'a'), '/d')).toEqual({
      path: '/d/b/h',
      linkTo: '/d/a',
      isDestination: false,
    });
    expect(targetOf(link('symlink', 's', '/etc'), '/d').path).toBe('/d/s');
    expect(targetOf(link('symlink', 'b/s', '../a'), '/d').path).toBe('/d/b/s');
  });

  test('no name leads out', () => {
    const names = fc.array(fc.constantFrom('..', '.', '', 'a', 'd', 'dd'), { maxLength: 8 }).map((p) => p.join('/'));
    fc.assert(
      fc.property(names, fc.constantFrom('/', '/d', '/d/a'), (name, destination) => {
        let path;
        try {
          path = targetOf(file(name), destination).path;
        } catch {
          return;
        }
        expect(`${path}/`.replace('//', '/').startsWith(`${destination}/`.replace('//', '/'))).toBe(true);
        expect(path.split('/')).not.toContain('..');
      }),
    );
  });
});
