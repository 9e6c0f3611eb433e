/** What a prune command has to tell. */
export interface Pruned {
  /** What was removed, a line each under a heading; '' when nothing was. */
  readonly output: string;
  /** Bytes. */
  readonly reclaimed: number;
}
