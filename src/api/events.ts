/** One JSON line of `GET /events`. */
export interface EventMessage {
  /** `status`, `id` and `from` repeat action, actor and image for old clients; containers and images only. */
  status?: string;
  id?: string;
  from?: string;
  Type: 'container' | 'image' | 'network' | 'volume' | 'daemon' | 'builder';
  /** `start`, `exec_create: sh -c …`, `health_status: healthy`. */
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope?: string;
  /** Seconds since 1970. */
  time?: number;
  /** Nanoseconds since 1970, on the wire a number: past 2^53, so JSON.parse rounds it to some hundred ns. */
  timeNano?: bigint;
}
