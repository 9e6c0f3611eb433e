/** Linux's error numbers (i386) that the 9P server answers with. */
export const errno = {
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EROFS: 30,
  ENODATA: 61,
  EOPNOTSUPP: 95,
  ESTALE: 116,
} as const;

/** A refusal that becomes an Rlerror. */
export class Refusal extends Error {
  readonly errno: number;

  constructor(name: keyof typeof errno) {
    super(name);
    this.name = 'Refusal';
    this.errno = errno[name];
  }
}
