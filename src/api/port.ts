/** Ports are keyed `"80/tcp"`; a null list means exposed but not bound. */
export type PortSet = Record<string, Record<string, never>>;
export type PortMap = Record<string, PortBinding[] | null>;

export interface PortBinding {
  HostIp: string;
  HostPort: string;
}

/** One row of a container's ports in a listing. */
export interface Port {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}
