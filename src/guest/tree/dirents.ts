import { ByteReader } from '../../lib/bytes.ts';
import { decodeName } from '../../lib/name-bytes.ts';
import { fileType } from '../linux.ts';

/** One record of getdents64. */
export interface Dirent {
  readonly name: string;
  readonly isDirectory: boolean;
  /** Where the directory is read on after this entry, for lseek. */
  readonly position: number;
}

/** Decodes what one getdents64 wrote: `struct linux_dirent64`s, without `.` and `..`. */
export function* decodeDirents(bytes: Uint8Array): Generator<Dirent> {
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0) {
    reader.skip(8);
    const position = Number(reader.u64());
    const length = reader.u16();
    const type = reader.u8();
    const field = reader.bytes(length - 19);
    const name = decodeName(field.subarray(0, field.indexOf(0)));
    // DT_ values are the type bits of a mode, shifted.
    if (name !== '.' && name !== '..') yield { name, isDirectory: type << 12 === fileType.S_IFDIR, position };
  }
}
