/** What the server says of files, in the form of the messages: attributes, directory listings, attribute names. */
import { ByteWriter, concatBytes } from '../../lib/bytes.ts';
import { encodeName } from '../../lib/name-bytes.ts';
import type { Exports, Listing } from './exports.ts';
import { type Qid, dirent } from './fields.ts';
import type { FileNode } from './file-tree.ts';
import type { Body, Rgetattr, Rstatfs } from './messages.ts';

/** P9_GETATTR_BASIC: mode, nlink, uid, gid, rdev, times, ino, size, blocks. */
const getattrBasic = 0x7ff;
const blockSize = 4096;

export function attributes(node: FileNode, qid: Qid): Body<typeof Rgetattr> {
  const { major, minor } = node.device ?? { major: 0, minor: 0 };
  const times = { sec: node.mtime, nsec: node.mtimeNanoseconds };
  return {
    ...{ valid: getattrBasic, qid, mode: node.mode, uid: node.uid, gid: node.gid, nlink: node.nlink },
    // The kernel's new_encode_dev.
    rdev: ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0,
    ...{ size: node.size, blksize: blockSize, blocks: Math.ceil(node.size / 512) },
    ...{ atime_sec: times.sec, atime_nsec: times.nsec, mtime_sec: times.sec, mtime_nsec: times.nsec },
    ...{ ctime_sec: times.sec, ctime_nsec: times.nsec, btime_sec: 0, btime_nsec: 0, gen: 0, data_version: 0 },
  };
}

/** As many whole entries from cookie `offset` (the number of entries before it) on as fit into `room` bytes. */
export function encodeListing(exports: Exports, listing: Listing, offset: number, room: number): Uint8Array {
  const writer = new ByteWriter(Math.min(room, 64 * (listing.length + 1)));
  for (let at = offset; at < listing.length; at++) {
    const [name, position] = listing[at]!;
    // Qid, cookie, type and length; three bytes a UTF-16 unit is the most UTF-8 takes, so most names need no measuring.
    const fixed = 13 + 8 + 1 + 2;
    const left = room - writer.length - fixed;
    if (3 * name.length > left && encodeName(name).length > left) break;
    dirent.write(writer, { qid: exports.qid(position), offset: at + 1, type: position.node.mode >> 12, name });
  }
  return writer.finish();
}

/** listxattr's form: each name followed by NUL. */
export const listXattrs = (xattrs: ReadonlyMap<string, Uint8Array> | undefined): Uint8Array =>
  concatBytes([...(xattrs?.keys() ?? [])].map((name) => encodeName(`${name}\0`)));

export const statfs: Body<typeof Rstatfs> = {
  // V9FS_MAGIC; a read-only file system has nothing free.
  ...{ type: 0x01021997, bsize: blockSize, blocks: 1, bfree: 0, bavail: 0, files: 1, ffree: 0, fsid: 0, namelen: 255 },
};
