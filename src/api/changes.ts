/** One row of `GET /containers/{id}/changes`: what differs from the image. */
export interface FilesystemChange {
  Path: string;
  /** 0 modified, 1 added, 2 deleted. */
  Kind: 0 | 1 | 2;
}
