import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { TarError } from '../../lib/tar/header.ts';
import { type TarEntry, TarScanner } from '../../lib/tar/tar-scanner.ts';
import { LayerBuilder } from './layer-builder.ts';
import { type LayerIndex, type LayerInode, decodeLayerIndex, encodeLayerIndex } from './layer-index.ts';

const entry = (name: string, changes: Partial<TarEntry> = {}): TarEntry => ({
  ...{ type: 'file', name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0, mtimeNanoseconds: 0 },
  ...{ deviceMajor: 0, deviceMinor: 0, xattrs: new Map(), dataOffset: 512, ...changes },
});
const directory = (name: string, changes: Partial<TarEntry> = {}) =>
  entry(name, { type: 'directory', mode: 0o755, ...changes });
const symlink = (name: string, linkName: string) => entry(name, { type: 'symlink', linkName });
const hardlink = (name: string, linkName: string) => entry(name, { type: 'hardlink', linkName });

function build(...entries: TarEntry[]): LayerIndex {
  const builder = new LayerBuilder();
  for (const one of entries) builder.add(one);
  return builder.finish();
}

function find({ root }: LayerIndex, path: string): LayerInode | undefined {
  return path.split('/').reduce<LayerInode | undefined>((at, name) => at?.children?.get(name), root);
}

/** The tree in short: what `ls -F` tells, opaque directories marked `!`, whiteouts `%`. */
function show(index: LayerIndex): string[] {
  const lines: string[] = [];
  const walk = (inode: LayerInode, path: string) => {
    for (const [name, child] of inode.children!) {
      const isWhiteout = child.device?.major === 0 && child.device.minor === 0;
      const opaque = decodeUtf8(child.xattrs?.get('trusted.overlay.opaque') ?? new Uint8Array()) === 'y' ? '!' : '';
      lines.push(
        path + name + (child.children ? `/${opaque}` : child.target !== undefined ? '@' : isWhiteout ? '%' : ''),
      );
      if (child.children) walk(child, `${path}${name}/`);
    }
  };
  walk(index.root, '');
  return lines.sort();
}

describe('names', () => {
  test('are cleaned as Docker cleans them', () => {
    expect(show(build(entry('/a'), entry('./b//c/./d'), directory('e/')))).toEqual(['a', 'b/', 'b/c/', 'b/c/d', 'e/']);
  });

  test.each(['..', '../x', 'a/../../x', '/..', 'a/..'])('%s is refused', (name) => {
    expect(() => build(entry(name))).toThrow(`${JSON.stringify(name)} is outside of the layer`);
  });

  test('a name or path longer than Linux takes is refused', () => {
    expect(() => build(entry('ü'.repeat(128)))).toThrow('file name too long');
    expect(() => build(entry('a/'.repeat(2100)))).toThrow('file name too long');
    expect(show(build(entry('x'.repeat(255))))).toHaveLength(1);
  });

  test('lead through symbolic links of the layer, and never out of it', () => {
    const index = build(
      directory('usr/lib'),
      symlink('lib', 'usr/lib'),
      symlink('abs', '/usr'),
      symlink('up', '../../../usr'),
      entry('lib/a'),
      entry('abs/b'),
      entry('up/c'),
    );
    expect(show(index)).toEqual(['abs@', 'lib@', 'up@', 'usr/', 'usr/b', 'usr/c', 'usr/lib/', 'usr/lib/a']);
  });

  test('a circle of links and a file as directory are refused', () => {
    expect(() => build(symlink('a', 'b'), symlink('b', 'a'), entry('a/x'))).toThrow(
      'too many levels of symbolic links',
    );
    expect(() => build(entry('a'), entry('a/x'))).toThrow('a/x: a is not a directory');
  });
});

describe('whiteouts, as overlayfs expects them', () => {
  test('a file becomes a 0/0 character device', () => {
    const index = build(entry('.wh.gone'), entry('dir/.wh.also'));
    expect(show(index)).toEqual(['dir/', 'dir/also%', 'gone%']);
    expect(find(index, 'gone')).toMatchObject({ mode: 0o020000, device: { major: 0, minor: 0 } });
  });

  test('an opaque marker becomes an xattr, wherever it stands', () => {
    expect(show(build(directory('d'), entry('d/x'), entry('d/.wh..wh..opq')))).toEqual(['d/!', 'd/x']);
    expect(show(build(entry('d/.wh..wh..opq'), directory('d', { mode: 0o700 }), entry('d/x')))).toEqual(['d/!', 'd/x']);
  });

  test('on what the layer has itself, hides only what is below', () => {
    expect(show(build(directory('d'), entry('d/x'), entry('.wh.d')))).toEqual(['d/!', 'd/x']);
    expect(show(build(entry('.wh.d'), directory('d'), entry('d/x')))).toEqual(['d/!', 'd/x']);
    expect(show(build(entry('.wh.d'), entry('d/x')))).toEqual(['d/!', 'd/x']);
    expect(show(build(entry('f'), entry('.wh.f')))).toEqual(['f']);
    expect(show(build(entry('.wh.f'), entry('f')))).toEqual(['f']);
  });

  test("AUFS's own files and empty names", () => {
    expect(show(build(directory('.wh..wh.plnk'), entry('.wh..wh.plnk/1.2'), entry('.wh..wh.aufs')))).toEqual([]);
    expect(() => build(entry('.wh.'))).toThrow('invalid whiteout');
    expect(() => build(entry('.wh...'))).toThrow('invalid whiteout');
  });

  test("overlayfs's own xattrs cannot be smuggled in", () => {
    const xattrs = new Map([
      ['trusted.overlay.redirect', new Uint8Array(1)],
      ['security.capability', new Uint8Array(2)],
    ]);
    expect([...find(build(entry('f', { xattrs })), 'f')!.xattrs!.keys()]).toEqual(['security.capability']);
  });
});

test('hard links share an inode and count; a link to nothing or to a directory is refused', () => {
  const index = build(entry('a', { size: 10 }), hardlink('b', 'a'), hardlink('d/c', '/./a'));
  expect(find(index, 'b')).toBe(find(index, 'a'));
  expect(find(index, 'a')!.nlink).toBe(3);
  expect(index.contentSize).toBe(10);
  expect(() => build(hardlink('b', 'a'))).toThrow('hard link b: its target a is no file of this layer');
  expect(() => build(directory('d'), hardlink('b', 'd'))).toThrow('no file of this layer');
  expect(() => build(entry('.wh.a'), hardlink('b', 'a'))).toThrow('no file of this layer');
  expect(() => build(entry('x'), hardlink('b', '../x'))).toThrow('outside of the layer');
});

test('a later entry replaces an earlier one; a directory keeps what is in it', () => {
  const index = build(entry('a', { size: 5 }), entry('a', { size: 3 }), directory('d'), entry('d/x'));
  expect(find(index, 'a')!.size).toBe(3);
  expect(index.contentSize).toBe(3);
  expect(show(build(directory('d'), entry('d/x'), directory('d', { uid: 9 })))).toEqual(['d/', 'd/x']);
  expect(find(build(directory('d'), directory('d', { uid: 9 })), 'd')!.uid).toBe(9);
  expect(show(build(directory('d'), entry('d/x'), entry('d')))).toEqual(['d']);
  expect(index.inodes.every((inode, ino) => inode === undefined || inode.ino === ino)).toBe(true);
});

test('the root takes the attributes of `./`, directories nobody mentions are 0755 of root', () => {
  const index = build(directory('./', { mode: 0o1777, uid: 3, mtime: 99 }), entry('a/b'));
  expect(index.root).toMatchObject({ ino: 1, mode: 0o041777, uid: 3, mtime: 99, nlink: 3 });
  expect(find(index, 'a')).toMatchObject({ mode: 0o040755, uid: 0, nlink: 2, size: 4096 });
});

test('any sequence of entries makes a tree or a TarError, and the tree survives being stored', () => {
  const part = fc.constantFrom('a', 'b', '..', '.', '', '.wh.a', '.wh..wh..opq', '.wh.', '__proto__', '\udce9');
  const path = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/'));
  const type = fc.constantFrom<TarEntry['type'][]>('file', 'hardlink', 'symlink', 'character', 'directory', 'fifo');
  const xattrs = fc.dictionary(fc.constantFrom('user.a', 'trusted.overlay.x'), fc.uint8Array({ maxLength: 4 }));
  const any = fc.record({ name: path, linkName: path, type, size: fc.nat(99), xattrs, mtime: fc.integer() });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 12 }), (entries) => {
      const builder = new LayerBuilder();
      for (const { name, xattrs, ...more } of entries) {
        try {
          builder.add(entry(name, { ...more, xattrs: new Map(Object.entries(xattrs)) }));
        } catch (error) {
          expect(error).toBeInstanceOf(TarError);
        }
      }
      const index = builder.finish();
      expect(decodeLayerIndex(encodeLayerIndex(index))).toEqual(index);
    }),
    { numRuns: 500 },
  );
});

test('an index of another version is made anew', () => {
  const text = decodeUtf8(encodeLayerIndex(build(entry('a')))).replace('"version":1', '"version":0');
  expect(decodeLayerIndex(new TextEncoder().encode(text))).toBeUndefined();
});

// Devices and owners need root.
describe.skipIf(process.getuid?.() !== 0)('a folder packed by tar', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'drydock-layer-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('has the inodes find sees', () => {
    const script = `mkdir -p bin deep/er && echo 1234 > bin/sh && ln bin/sh bin/ash && ln -s bin/sh l && mkfifo deep/p
      mknod deep/null c 1 3 && chown 5:6 l bin/sh && chmod 2755 deep && touch -d @1600000000.25 bin/sh "$(printf 'caf\\351')"`;
    execFileSync('bash', ['-ec', script], { cwd: folder });
    const archive = execFileSync('tar', ['-C', folder, '--format=pax', '--numeric-owner', '-c', '.']);
    const builder = new LayerBuilder();
    const scanner = new TarScanner((one) => builder.add(one));
    scanner.push(archive);
    scanner.end();
    const index = builder.finish();

    const found = execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P|%y|%m|%U|%G|%n|%T@|%l\\n'], {
      cwd: folder,
    });
    const lines = found.toString('latin1').trimEnd().split('\n');
    expect(lines).toHaveLength(9);
    for (const line of lines) {
      const [path = '', type = '', mode, uid, gid, links, time = '', target] = line.split('|');
      const inode = find(index, path.replace('\xe9', '\udce9'))!;
      const types: Record<string, number> = { f: 0o10, d: 0o4, l: 0o12, p: 0o1, c: 0o2 };
      expect({ path, type: inode.mode >> 12, mode: (inode.mode & 0o7777).toString(8) }).toEqual({
        path,
        type: types[type],
        mode,
      });
      expect([inode.uid, inode.gid].map(String)).toEqual([uid, gid]);
      // Directories of some file systems count otherwise.
      if (type !== 'd') expect(String(inode.nlink)).toBe(links);
      const [seconds, fraction = ''] = time.split('.');
      expect(inode.mtime).toBe(Number(seconds));
      expect(inode.mtimeNanoseconds).toBe(Number(fraction.slice(0, 9)));
      expect(inode.target ?? '').toBe(target);
    }
    expect(find(index, 'deep/null')!.device).toEqual({ major: 1, minor: 3 });
    const sh = find(index, 'bin/sh')!;
    expect(archive.toString('utf8', sh.dataOffset, sh.dataOffset + sh.size)).toBe('1234\n');
    expect(index.contentSize).toBe(5 + 'bin/sh'.length);
  });
});

describe('what would fill the memory is refused', () => {
  test('more files than a layer may hold, those only implied included', () => {
    const builder = new LayerBuilder();
    for (let at = 0; at < 249_999; at++) builder.add(entry(`${at}/file`));
    expect(() => builder.add(entry('one/more'))).toThrow('it has more than 500000 files');
  }, 60_000);

  test('attributes and names without end', () => {
    const xattrs = new Map([['user.big', new Uint8Array(1 << 20)]]);
    const many = Array.from({ length: 65 }, (_, at) => entry(String(at), { xattrs }));
    expect(() => build(...many)).toThrow('names and attributes of its files take more than 67108864 bytes');
    expect(() => build(symlink('l', 'x'.repeat(5000)))).toThrow('symlink l: its target is too long');
  });
});
