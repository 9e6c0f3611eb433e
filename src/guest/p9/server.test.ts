import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ByteReader, decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { type Dirent, dirent } from './fields.ts';
import { type FileNode, type FileTree, type MaybePromise, fileType } from './file-tree.ts';
import { LazyTree } from './lazy-tree.ts';
import * as m from './messages.ts';
import { P9Server } from './server.ts';

interface TestNode extends FileNode {
  children?: Map<string, TestNode>;
  content?: Uint8Array;
}

/** A tree held in memory; `slow` makes it answer with promises, as one that is fetched does. */
class TestTree implements FileTree {
  readonly nodes: TestNode[] = [];
  readonly root: TestNode;
  slow: ((action: () => unknown) => Promise<unknown>) | undefined;

  constructor(fill: (tree: TestTree) => Record<string, TestNode>) {
    this.root = { ...this.make(fileType.directory | 0o755), children: new Map() };
    this.nodes[0] = this.root;
    for (const [name, node] of Object.entries(fill(this))) this.root.children!.set(name, node);
  }

  make(mode: number, more: Partial<TestNode> = {}): TestNode {
    const node = {
      ...{ ino: this.nodes.length + 1, mode, uid: 7, gid: 8, size: more.content?.length ?? 0, nlink: 1 },
      ...{ mtime: 1_700_000_000, mtimeNanoseconds: 5, ...more },
    };
    this.nodes.push(node);
    return node;
  }

  get inodeCount(): number {
    return this.nodes.length + 1;
  }

  #answer<T>(action: () => T): MaybePromise<T> {
    return this.slow ? (this.slow(action) as Promise<T>) : action();
  }

  node(ino: number) {
    return this.#answer(() => this.nodes[ino - 1]);
  }

  lookup(directory: FileNode, name: string) {
    return this.#answer(() => (directory as TestNode).children?.get(name));
  }

  entries(directory: FileNode) {
    return this.#answer(() => [...((directory as TestNode).children ?? [])]);
  }

  read(file: FileNode, offset: number, count: number) {
    return this.#answer(() => (file as TestNode).content!.subarray(offset, offset + count));
  }
}

const file = (tree: TestTree, text: string) => tree.make(fileType.file | 0o644, { content: encodeUtf8(text) });

const sampleTree = () =>
  new TestTree((tree) => ({
    hello: file(tree, 'hello world'),
    link: tree.make(fileType.symlink | 0o777, { target: 'hello' }),
    'caf\udce9': file(tree, 'latin 1'),
    tty: tree.make(fileType.character | 0o600, { device: { major: 4, minor: 300 } }),
    sub: tree.make(fileType.directory | 0o700, {
      children: new Map([['deep', file(tree, 'deep')]]),
      xattrs: new Map([
        ['trusted.overlay.opaque', encodeUtf8('y')],
        ['user.x', Uint8Array.of(0, 255)],
      ]),
    }),
  }));

/** A client: one request at a time, unless told otherwise. */
class Client {
  readonly server: P9Server;
  tag = 1;

  constructor(server: P9Server) {
    this.server = server;
  }

  send(frame: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) => this.server.handle(frame, resolve));
  }

  /** The reply's fields; throws the errno of an Rlerror. */
  async call<T extends m.Message<object>, R extends m.Message<object>>(
    request: T,
    body: m.Body<T>,
    response: R,
  ): Promise<m.Body<R>> {
    const tag = this.tag++;
    const reply = m.splitFrame(await this.send(m.encodeMessage(request, tag, body)))!;
    expect(reply.tag).toBe(tag);
    if (reply.type === m.Rlerror.type) throw new Error(`errno ${m.decodeMessage(m.Rlerror, reply.fields).ecode}`);
    expect(reply.type).toBe(response.type);
    return m.decodeMessage(response, reply.fields);
  }

  async connect(msize = 512_000) {
    const version = await this.call(m.Tversion, { msize, version: '9P2000.L' }, m.Rversion);
    await this.call(m.Tattach, { fid: 0, afid: 0xffffffff, uname: '', aname: '', n_uname: 0 }, m.Rattach);
    return version;
  }

  async walk(newfid: number, ...names: string[]) {
    return (await this.call(m.Twalk, { fid: 0, newfid, names }, m.Rwalk)).qids;
  }

  async open(newfid: number, ...names: string[]) {
    await this.walk(newfid, ...names);
    return this.call(m.Tlopen, { fid: newfid, flags: 0o100000 }, m.Rlopen);
  }

  async read(fid: number, offset = 0, count = 1 << 20) {
    return (await this.call(m.Tread, { fid, offset, count }, m.Rread)).data;
  }

  async list(fid: number, offset = 0, count = 1 << 20): Promise<Dirent[]> {
    const { data } = await this.call(m.Treaddir, { fid, offset, count }, m.Rreaddir);
    const reader = new ByteReader(data);
    const entries: Dirent[] = [];
    while (reader.remaining > 0) entries.push(dirent.read(reader));
    return entries;
  }

  getattr(fid: number) {
    return this.call(m.Tgetattr, { fid, request_mask: 0x7ff }, m.Rgetattr);
  }
}

let server: P9Server;
let client: Client;
let tree: TestTree;
let errors: unknown[];

beforeEach(async () => {
  errors = [];
  server = new P9Server((error) => errors.push(error));
  tree = sampleTree();
  server.addTree('layer', tree);
  client = new Client(server);
  await client.connect();
});

describe('codec', () => {
  const number = (bits: number) => fc.double({ min: 0, max: 2 ** bits - 1, noNaN: true }).map(Math.floor);
  test('what a client encodes the server decodes', () => {
    const names = fc.array(
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.toWellFormed()),
      { maxLength: 16 },
    );
    const body = fc.record({ fid: number(32), newfid: number(32), names });
    fc.assert(
      fc.property(body, fc.nat(0xffff), (walk, tag) => {
        const split = m.splitFrame(m.encodeMessage(m.Twalk, tag, walk))!;
        expect(split).toMatchObject({ type: 110, tag });
        expect(m.decodeMessage(m.Twalk, split.fields)).toEqual(walk);
      }),
    );
  });

  test('64-bit values are exact up to 2^53', () => {
    fc.assert(
      fc.property(number(53), (offset) => {
        const frame = m.encodeMessage(m.Tread, 1, { fid: 1, offset, count: 0 });
        expect(m.decodeMessage(m.Tread, m.splitFrame(frame)!.fields).offset).toBe(offset);
      }),
    );
  });

  test('frames as the specification draws them', () => {
    const version = m.encodeMessage(m.Tversion, 0xffff, { msize: 8192, version: '9P2000.L' });
    expect(Buffer.from(version).toString('hex')).toBe(
      '15000000' + '64' + 'ffff' + '00200000' + '0800' + '3950323030302e4c',
    );
    expect(m.encodeData(m.Rread, 3, Uint8Array.of(1, 2))).toEqual(
      m.encodeMessage(m.Rread, 3, { data: Uint8Array.of(1, 2) }),
    );
  });
});

test('random frames neither crash nor hang it, and each is answered with its tag', async () => {
  const types = fc.constantFrom(...Array.from({ length: 128 }, (_, type) => type));
  const fields = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ max: 1, minLength: 8, maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(types, fc.nat(0xffff), fields), { maxLength: 20 }), async (requests) => {
      for (const [type, tag, body] of requests) {
        const size = 7 + body.length;
        const frame = Uint8Array.of(size, 0, 0, 0, type, tag & 0xff, tag >> 8, ...body);
        expect(m.splitFrame(await client.send(frame))?.tag).toBe(tag);
      }
    }),
    { numRuns: 300 },
  );
  expect(errors).toEqual([]);
});

test('a frame without a tag, or shorter than it says, is dropped', () => {
  const reply = () => expect.unreachable('there is no tag to answer with');
  server.handle(Uint8Array.of(), reply);
  server.handle(Uint8Array.of(6, 0, 0, 0, 100, 1), reply);
  server.handle(Uint8Array.of(200, 0, 0, 0, 100, 1, 0), reply);
});

test('the version is agreed on, with messages of at most 512000 bytes', async () => {
  expect(await client.connect(1 << 20)).toEqual({ msize: 512_000, version: '9P2000.L' });
  expect(await client.connect(8192)).toEqual({ msize: 8192, version: '9P2000.L' });
  const old = await client.call(m.Tversion, { msize: 8192, version: '9P2000' }, m.Rversion);
  expect(old.version).toBe('unknown');
  await expect(client.call(m.Tversion, { msize: 10, version: '9P2000.L' }, m.Rversion)).rejects.toThrow('errno 22');
});

test('attributes', async () => {
  await client.walk(1, 'layer', 'hello');
  expect(await client.getattr(1)).toMatchObject({
    ...{ mode: fileType.file | 0o644, uid: 7, gid: 8, nlink: 1, size: 11, rdev: 0, blocks: 1 },
    ...{ mtime_sec: 1_700_000_000, mtime_nsec: 5, qid: { type: 0, version: 1 } },
  });
  await client.walk(2, 'layer', 'tty');
  // makedev(4, 300), as stat prints it: 0x10042c.
  expect(await client.getattr(2)).toMatchObject({ mode: fileType.character | 0o600, rdev: 0x10042c });
});

test('walking: all the way, part of it, nowhere, up, and in place', async () => {
  expect(await client.walk(1, 'layer', 'sub', 'deep')).toHaveLength(3);
  expect(await client.walk(2, 'layer', 'nosuch', 'deep')).toHaveLength(1);
  await expect(client.getattr(2)).rejects.toThrow('errno 9');
  await expect(client.walk(2, 'nosuch')).rejects.toThrow('errno 2');
  await expect(client.call(m.Twalk, { fid: 1, newfid: 3, names: ['x'] }, m.Rwalk)).rejects.toThrow('errno 20');
  await expect(client.walk(1, 'layer')).rejects.toThrow('errno 22');
  const up = await client.walk(4, 'layer', 'sub', '..', 'hello', '..');
  expect(up).toHaveLength(4);
  const [, , , top] = await client.walk(5, 'layer', '..', '..', '..');
  expect(top).toEqual((await client.getattr(0)).qid);
  await client.call(m.Twalk, { fid: 5, newfid: 5, names: ['layer'] }, m.Rwalk);
  expect((await client.getattr(5)).qid).toEqual(up[0]);
});

test('reading a file: pieces, past its end, and no more than a message holds', async () => {
  await client.open(1, 'layer', 'hello');
  expect(decodeUtf8(await client.read(1, 6, 3))).toBe('wor');
  expect(decodeUtf8(await client.read(1, 6))).toBe('world');
  expect(await client.read(1, 11)).toHaveLength(0);
  expect(await client.read(1, 2 ** 40)).toHaveLength(0);
  server.addTree('big', new TestTree((t) => ({ f: t.make(fileType.file, { content: new Uint8Array(20_000) }) })));
  await client.connect(8192);
  await client.open(1, 'big', 'f');
  expect(await client.read(1)).toHaveLength(8192 - 11);
});

test('names that are no UTF-8', async () => {
  await client.open(1, 'layer', 'caf\udce9');
  expect(decodeUtf8(await client.read(1))).toBe('latin 1');
});

test('a symbolic link is read, nothing else is one', async () => {
  await client.walk(1, 'layer', 'link');
  expect(await client.call(m.Treadlink, { fid: 1 }, m.Rreadlink)).toEqual({ target: 'hello' });
  await expect(client.call(m.Treadlink, { fid: 0 }, m.Rreadlink)).rejects.toThrow('errno 22');
});

test('extended attributes: one, all, none', async () => {
  await client.walk(1, 'layer', 'sub');
  const walk = (newfid: number, name: string) => client.call(m.Txattrwalk, { fid: 1, newfid, name }, m.Rxattrwalk);
  expect(await walk(2, 'user.x')).toEqual({ size: 2 });
  expect(await client.read(2)).toEqual(Uint8Array.of(0, 255));
  expect(await walk(3, '')).toEqual({ size: 30 });
  expect(decodeUtf8(await client.read(3))).toBe('trusted.overlay.opaque\0user.x\0');
  await expect(walk(4, 'user.y')).rejects.toThrow('errno 61');
  await client.walk(5, 'layer', 'hello');
  expect(await client.call(m.Txattrwalk, { fid: 5, newfid: 6, name: '' }, m.Rxattrwalk)).toEqual({ size: 0 });
});

describe('directories', () => {
  test('the root lists the trees that are there', async () => {
    server.addTree('other', sampleTree());
    await client.open(1);
    expect((await client.list(1)).map(({ name }) => name)).toEqual(['.', '..', 'layer', 'other']);
    server.removeTree('layer');
    expect((await client.list(1)).map(({ name }) => name)).toEqual(['.', '..', 'other']);
    await expect(client.walk(2, 'layer')).rejects.toThrow('errno 2');
  });

  test('types and inodes of entries agree with what a walk finds', async () => {
    await client.open(1, 'layer');
    for (const { name, qid, type } of await client.list(1)) {
      await client.walk(2, 'layer', name);
      const attributes = await client.getattr(2);
      expect(qid).toEqual(attributes.qid);
      expect(type).toBe(attributes.mode >> 12);
      await client.call(m.Tclunk, { fid: 2 }, m.Rclunk);
    }
  });

  test('a huge one is read to the end through small messages', async () => {
    const names = Array.from({ length: 5000 }, (_, at) => `${'ü'.repeat(at % 80)}${at}`);
    server.addTree('huge', new TestTree((t) => Object.fromEntries(names.map((name) => [name, file(t, '')]))));
    await client.connect(4096);
    await client.open(1, 'huge');
    const seen: string[] = [];
    for (let offset = 0; ;) {
      const entries = await client.list(1, offset);
      if (entries.length === 0) break;
      seen.push(...entries.map(({ name }) => name));
      offset = entries.at(-1)!.offset;
    }
    expect(seen.slice(0, 2)).toEqual(['.', '..']);
    expect(seen.slice(2).sort()).toEqual([...names].sort());
  });

  test('is not read as a file, nor a file as a directory', async () => {
    await client.open(1, 'layer');
    await expect(client.read(1)).rejects.toThrow('errno 21');
    await client.open(2, 'layer', 'hello');
    await expect(client.list(2)).rejects.toThrow('errno 20');
  });
});

test('no two files of any trees, gone ones included, have one qid path', async () => {
  const paths: number[] = [];
  for (let round = 0; round < 3; round++) {
    await client.open(1, 'layer');
    for (const { name, qid } of await client.list(1)) {
      expect(qid.version).toBe(1);
      if (name !== '..') paths.push(qid.path);
    }
    await client.call(m.Tclunk, { fid: 1 }, m.Rclunk);
    server.removeTree('layer');
    server.addTree('layer', sampleTree());
  }
  expect(new Set(paths).size).toBe(paths.length);
});

test('writing is refused as a read-only file system does, the unknown as not supported', async () => {
  for (const type of m.writingTypes) {
    const reply = m.splitFrame(await client.send(Uint8Array.of(11, 0, 0, 0, type, 1, 0, 0, 0, 0, 0)))!;
    expect(m.decodeMessage(m.Rlerror, reply.fields)).toEqual({ ecode: 30 });
  }
  await client.walk(1, 'layer', 'hello');
  await expect(client.call(m.Tlopen, { fid: 1, flags: 0o2 }, m.Rlopen)).rejects.toThrow('errno 30');
  await expect(client.call(m.Tremove, { fid: 1 }, m.Rclunk)).rejects.toThrow('errno 30');
  await expect(client.getattr(1)).rejects.toThrow('errno 9');
  const unknown = m.splitFrame(await client.send(Uint8Array.of(7, 0, 0, 0, 200, 1, 0)))!;
  expect(m.decodeMessage(m.Rlerror, unknown.fields)).toEqual({ ecode: 95 });
});

test('attach to one tree, statfs, fsync and locks', async () => {
  const attach = (fid: number, aname: string) =>
    client.call(m.Tattach, { fid, afid: 0xffffffff, uname: '', aname, n_uname: 0 }, m.Rattach);
  expect((await attach(7, '/layer/sub')).qid).toEqual((await client.walk(8, 'layer', 'sub'))[1]);
  await expect(attach(9, 'nosuch')).rejects.toThrow('errno 2');
  expect(await client.call(m.Tstatfs, { fid: 7 }, m.Rstatfs)).toMatchObject({ type: 0x01021997, bfree: 0 });
  await client.call(m.Tfsync, { fid: 7 }, m.Rfsync);
  const lock = { fid: 7, type: 1, start: 0, length: 0, proc_id: 1, client_id: 'guest' };
  expect(await client.call(m.Tlock, { ...lock, flags: 0 }, m.Rlock)).toEqual({ status: 0 });
  expect(await client.call(m.Tgetlock, lock, m.Rgetlock)).toMatchObject({ type: 2, client_id: 'guest' });
});

describe('requests that take time', () => {
  let release: () => void;
  beforeEach(() => {
    const gate = new Promise<void>((resolve) => (release = resolve));
    tree.slow = (action) => gate.then(action);
  });

  test('others are answered meanwhile', async () => {
    const order: string[] = [];
    const slow = client.walk(1, 'layer', 'sub', 'deep').then((qids) => order.push(`slow ${qids.length}`));
    await client.walk(2).then(() => order.push('fast'));
    release();
    await slow;
    expect(order).toEqual(['fast', 'slow 3']);
  });

  test('a flushed one is answered first, once, and has no effect', async () => {
    const replies: number[] = [];
    const reply = (frame: Uint8Array) => replies.push(m.splitFrame(frame)!.type, m.splitFrame(frame)!.tag);
    server.handle(m.encodeMessage(m.Twalk, 50, { fid: 0, newfid: 1, names: ['layer', 'hello'] }), reply);
    server.handle(m.encodeMessage(m.Tflush, 51, { oldtag: 50 }), reply);
    expect(replies).toEqual([m.Rlerror.type, 50, m.Rflush.type, 51]);
    release();
    await client.call(m.Twalk, { fid: 0, newfid: 2, names: ['layer', 'hello'] }, m.Rwalk);
    await expect(client.getattr(1)).rejects.toThrow('errno 9');
    expect(replies).toHaveLength(4);
  });

  test('a failure becomes EIO and is told', async () => {
    tree.slow = undefined;
    await client.open(1, 'layer', 'hello');
    tree.slow = () => Promise.reject(new Error('the blob is gone'));
    await expect(client.read(1)).rejects.toThrow('errno 5');
    expect(errors).toMatchObject([{ message: 'the blob is gone' }]);
  });

  test('the session cannot be saved while one is under way', async () => {
    const walk = client.walk(1, 'layer', 'sub');
    expect(() => server.save()).toThrow('1 requests are under way');
    release();
    await walk;
    expect(server.save().fids).toHaveLength(2);
  });
});

test('a saved session goes on with a new server, fids and qids alike', async () => {
  server.addTree('gone', sampleTree());
  await client.open(1, 'layer', 'hello');
  await client.open(2, 'layer', 'sub');
  await client.walk(3, 'gone', 'hello');
  await client.call(m.Txattrwalk, { fid: 2, newfid: 4, name: 'user.x' }, m.Rxattrwalk);
  const before = await client.getattr(1);
  const state = JSON.parse(JSON.stringify(server.save())) as ReturnType<P9Server['save']>;

  const restored = new P9Server((error) => errors.push(error));
  restored.restore(state);
  restored.addTree('new', sampleTree());
  restored.addTree('layer', sampleTree());
  const again = new Client(restored);
  expect(await again.getattr(1)).toEqual(before);
  expect(decodeUtf8(await again.read(1))).toBe('hello world');
  expect((await again.list(2)).map(({ name }) => name)).toEqual(['.', '..', 'deep']);
  expect((await again.list(2)).map(({ qid }) => qid)).toEqual((await client.list(2)).map(({ qid }) => qid));
  expect(await again.read(4)).toEqual(Uint8Array.of(0, 255));
  await expect(again.getattr(3)).rejects.toThrow('errno 116');
  await again.call(m.Tclunk, { fid: 3 }, m.Rclunk);
  await expect(again.getattr(3)).rejects.toThrow('errno 9');
  await expect(again.walk(1, 'layer')).rejects.toThrow('errno 22');
  const [top] = await again.walk(9, 'new');
  expect(top!.path).toBeGreaterThanOrEqual(state.exports.nextBase);
  expect(
    restored
      .save()
      .fids.map(({ fid }) => fid)
      .sort(),
  ).toEqual([0, 1, 2, 4, 9]);
});

describe('a lazy tree', () => {
  const lazy = (load: () => Promise<FileTree>, inodeCount = 100) =>
    new LazyTree({ load, root: { ...sampleTree().root, ino: 1 }, inodeCount });

  test('is loaded when something below its root is asked for, once', async () => {
    let loads = 0;
    server.addTree(
      'lazy',
      lazy(async () => (loads++, sampleTree())),
    );
    await client.walk(1, 'lazy');
    await client.getattr(1);
    expect(loads).toBe(0);
    await Promise.all([client.open(2, 'lazy', 'hello'), client.open(3, 'lazy', 'sub', 'deep')]);
    expect(decodeUtf8(await client.read(2))).toBe('hello world');
    expect(decodeUtf8(await client.read(3))).toBe('deep');
    await client.open(4, 'lazy');
    expect((await client.list(4)).map(({ name }) => name)).toContain('hello');
    expect(loads).toBe(1);
  });

  test('is tried again after a failure, and must not have more inodes than allotted', async () => {
    const results = [() => Promise.reject(new Error('offline')), () => Promise.resolve(sampleTree())];
    server.addTree(
      'lazy',
      lazy(() => results.shift()!()),
    );
    await expect(client.walk(1, 'lazy', 'hello')).rejects.toThrow('errno 5');
    expect(await client.walk(1, 'lazy', 'hello')).toHaveLength(2);
    server.addTree(
      'small',
      lazy(() => Promise.resolve(sampleTree()), 3),
    );
    await expect(client.walk(2, 'small', 'hello')).rejects.toThrow('errno 5');
    expect(errors.map(String)).toEqual([
      'Error: offline',
      'Error: loading a lazy tree: it has 8 inodes, 3 were allotted',
    ]);
  });
});
