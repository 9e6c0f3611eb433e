import type { ContainerConfig, HealthConfig } from './container-config.ts';
import type { GraphDriverData } from './container.ts';
import type { PortSet } from './port.ts';

/** One row of `GET /images/json`; sizes in bytes, -1 where not computed. */
export interface ImageSummary {
  Containers: number;
  /** Seconds since 1970. */
  Created: number;
  Id: string;
  Labels: Record<string, string> | null;
  ParentId: string;
  RepoDigests: string[] | null;
  RepoTags: string[] | null;
  SharedSize: number;
  Size: number;
  /** The same as `Size`, before API 1.44. */
  VirtualSize?: number;
}

/** `GET /images/{name}/json`. */
export interface ImageInspect {
  Id: string;
  RepoTags: string[];
  RepoDigests: string[];
  Parent: string;
  Comment: string;
  Created?: string;
  /** The container it was made of, and that one's config: before API 1.45. */
  Container?: string;
  ContainerConfig?: Record<string, unknown>;
  DockerVersion: string;
  Author: string;
  Config: ImageConfig | null;
  Architecture: string;
  Variant?: string;
  Os: string;
  OsVersion?: string;
  Size: number;
  /** The same as `Size`, before API 1.44. */
  VirtualSize?: number;
  GraphDriver: GraphDriverData;
  RootFS: { Type?: string; Layers?: string[] };
  Metadata: { LastTagTime?: string };
}

/** A platform as OCI writes it; `platform` in a query is its JSON. */
export interface ImagePlatform {
  os: string;
  architecture: string;
  variant?: string;
}

/** The container defaults an image carries, as inspect shows them from API 1.50 on: nothing unset is there. */
export interface ImageConfig {
  User?: string;
  ExposedPorts?: PortSet;
  Env?: string[] | null;
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: ContainerConfig['Volumes'];
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  ArgsEscaped?: boolean;
  Healthcheck?: HealthConfig;
  OnBuild?: string[] | null;
  Shell?: string[];
}

/** One row of `GET /images/{name}/history`, newest first. */
export interface ImageHistoryItem {
  Comment: string;
  Created: number;
  CreatedBy: string;
  /** `<missing>` for layers that are no image here. */
  Id: string;
  Size: number;
  Tags: string[] | null;
}

/** One row of what `DELETE /images/{name}` did. */
export interface ImageDeleteItem {
  Deleted?: string;
  Untagged?: string;
}

export interface ImagesPruneResponse {
  ImagesDeleted: ImageDeleteItem[] | null;
  SpaceReclaimed: number;
}

/** What a registry has under a name: `GET /distribution/{name}/json`. Sizes in bytes. */
export interface DistributionInspect {
  Descriptor: { mediaType: string; digest: string; size: number };
  /** null where the manifest says nothing of them. */
  Platforms:
    | {
        architecture: string;
        os: string;
        'os.version'?: string;
        'os.features'?: string[];
        variant?: string;
      }[]
    | null;
}
