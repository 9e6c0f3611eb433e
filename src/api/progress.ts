/** One JSON line of a progress stream (pull, load, build): moby's jsonmessage. */
export interface ProgressMessage {
  stream?: string;
  status?: string;
  progressDetail?: ProgressDetail;
  /** The bar as old engines drew it; clients draw their own. */
  progress?: string;
  /** A layer's short ID, or the tag. */
  id?: string;
  errorDetail?: { code?: number; message?: string };
  error?: string;
  aux?: unknown;
}

export interface ProgressDetail {
  current?: number;
  total?: number;
  start?: number;
  hidecounts?: boolean;
  units?: string;
}
