/** What the header `X-Docker-Container-Path-Stat` says of a path in a container, as JSON in base64. */
export interface ContainerPathStat {
  name: string;
  /** Bytes. */
  size: number;
  /** Go's os.FileMode. */
  mode: number;
  /** RFC 3339. */
  mtime: string;
  /** Where a symbolic link leads in the end. */
  linkTarget: string;
}
