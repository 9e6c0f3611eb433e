/** A volume, as `GET /volumes` lists it and `GET /volumes/{name}` shows it. */
export interface Volume {
  /** RFC 3339. */
  CreatedAt?: string;
  Driver: string;
  Labels: Record<string, string> | null;
  /** Where it is on the host. */
  Mountpoint: string;
  Name: string;
  Options: Record<string, string> | null;
  Scope: 'local' | 'global';
  Status?: Record<string, unknown>;
  /** Only where disk usage is asked for. */
  UsageData?: VolumeUsage;
}

export interface VolumeUsage {
  /** Containers that have it, running or not; -1 where not counted. */
  RefCount: number;
  /** Bytes; -1 where not known. */
  Size: number;
}

export interface VolumesPruneResponse {
  VolumesDeleted: string[] | null;
  SpaceReclaimed: number;
}

/** Body of `POST /volumes/create`. */
export interface VolumeCreateRequest {
  /** Empty for a generated one. */
  Name: string;
  /** Empty for `local`. */
  Driver: string;
  DriverOpts: Record<string, string> | null;
  Labels: Record<string, string> | null;
}

/** `GET /volumes`. */
export interface VolumeListResponse {
  Volumes: Volume[];
  Warnings: string[] | null;
}
