import { describe, expect, test } from 'vitest';
import { linkedPath, rebaseName, resolveLocalPath, splitCopyArgument, splitDirectoryEntry } from './copy-paths.ts';
import { prepareCopy, rebased, type CopyInfo } from './prepare-copy.ts';

test.each([
  ['c:/x', 'c', '/x'],
  ['c:x:y', 'c', 'x:y'],
  ['c:', 'c', ''],
  ['/a:b', '', '/a:b'],
  ['./a:b', '', './a:b'],
  ['../a:b', '', '../a:b'],
  ['ab', '', 'ab'],
  ['-', '', '-'],
])('%s names %j and %s', (argument, container, path) => {
  expect(splitCopyArgument(argument)).toEqual({ container, path });
});

test.each([
  ['x', '/w/x'],
  ['x/', '/w/x/'],
  ['x/.', '/w/x/.'],
  ['.', '/w/.'],
  ['./', '/w/./'],
  ['/', '/'],
  ['/.', '/.'],
  ['../y//z/', '/y/z/'],
])('the host path %s is %s', (path, absolute) => {
  expect(resolveLocalPath('/w', path)).toBe(absolute);
});

test.each([
  ['/a/b', '/a', 'b'],
  ['/a/b/', '/a', 'b'],
  ['/a/b/.', '/a/b', '.'],
  ['/a', '/', 'a'],
  ['/', '/', '/'],
  ['/.', '/', '.'],
])('%s is in %s as %s', (path, directory, base) => {
  expect(splitDirectoryEntry(path)).toEqual({ directory, base });
});

test('what a link leads to goes by the name of the link', () => {
  expect(rebaseName('/l', '/d/real')).toEqual({ path: '/d/real', rebaseName: 'l' });
  expect(rebaseName('/l/', '/d/real')).toEqual({ path: '/d/real/', rebaseName: 'l' });
  expect(rebaseName('/l/.', '/d/real')).toEqual({ path: '/d/real/.', rebaseName: '' });
  expect(linkedPath('/a/l', 'b')).toBe('/a/b');
  expect(linkedPath('/a/l', '/b')).toBe('/b');
});

describe('prepareCopy', () => {
  const info = (path: string, kind: 'file' | 'directory' | 'none', rebase = ''): CopyInfo => ({
    path,
    exists: kind !== 'none',
    isDirectory: kind === 'directory',
    rebaseName: rebase,
  });

  test.each([
    ['a file into a directory', info('/s/f', 'file'), info('/d', 'directory'), { directory: '/d' }],
    ['onto a file', info('/s/f', 'file'), info('/d/g', 'file'), { directory: '/d', rebase: { from: 'f', to: 'g' } }],
    ['to a new name', info('/s/f', 'file'), info('/d/g', 'none'), { directory: '/d', rebase: { from: 'f', to: 'g' } }],
    ['a directory into one', info('/s', 'directory'), info('/d/', 'directory'), { directory: '/d/' }],
    [
      'a directory to a new name',
      info('/s', 'directory'),
      info('/d/n/', 'none'),
      { directory: '/d', rebase: { from: 's', to: 'n' } },
    ],
    [
      'what a directory holds to a new name',
      info('/s/.', 'directory'),
      info('/n', 'none'),
      { directory: '/', rebase: { from: '.', to: 'n' } },
    ],
    [
      'what a link leads to',
      info('/s/real', 'file', 'l'),
      info('/n', 'none'),
      { directory: '/', rebase: { from: 'l', to: 'n' } },
    ],
  ])('%s', (_name, source, destination, prepared) => {
    expect(prepareCopy(source, destination)).toEqual(prepared);
  });

  test('refuses what makes no sense', () => {
    expect(() => prepareCopy(info('/s', 'directory'), info('/f', 'file'))).toThrow('cannot copy directory');
    expect(() => prepareCopy(info('/f', 'file'), info('/d/', 'none'))).toThrow('no such directory');
    expect(() => prepareCopy(info('/f', 'file'), info('/d/.', 'none'))).toThrow('no such directory');
  });

  test('the first part of a name is called otherwise', () => {
    expect(rebased('s/s/x', { from: 's', to: '$&' })).toBe('$&/s/x');
    expect(rebased('./x', { from: '.', to: 'n' })).toBe('n/x');
    expect(rebased('/etc', { from: '/', to: 'n' })).toBe('n/etc');
  });
});
