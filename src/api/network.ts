/** Networks, and a container's endpoints on them. */
export interface Network {
  Name: string;
  Id: string;
  Created: string;
  Scope: string;
  Driver: string;
  EnableIPv4: boolean;
  EnableIPv6: boolean;
  IPAM: Ipam;
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  ConfigFrom: { Network: string };
  ConfigOnly: boolean;
  /** By container ID; listings leave it empty. */
  Containers: Record<string, EndpointResource> | null;
  Options: Record<string, string> | null;
  Labels: Record<string, string> | null;
}

export interface Ipam {
  Driver: string;
  Options: Record<string, string> | null;
  Config: IpamConfig[] | null;
}

export interface IpamConfig {
  Subnet?: string;
  IPRange?: string;
  Gateway?: string;
  AuxiliaryAddresses?: Record<string, string>;
}

export interface EndpointResource {
  Name: string;
  EndpointID: string;
  MacAddress: string;
  /** With prefix length: `172.17.0.2/16`. */
  IPv4Address: string;
  IPv6Address: string;
}

export interface EndpointSettings {
  IPAMConfig: EndpointIpamConfig | null;
  Links: string[] | null;
  Aliases: string[] | null;
  MacAddress: string;
  DriverOpts: Record<string, string> | null;
  GwPriority: number;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  DNSNames: string[] | null;
}

export interface EndpointIpamConfig {
  IPv4Address?: string;
  IPv6Address?: string;
  LinkLocalIPs?: string[];
}

/** `NetworkingConfig` of a create request. */
export interface NetworkingConfig {
  EndpointsConfig: Record<string, EndpointSettings>;
}

export interface NetworksPruneResponse {
  /** Names. */
  NetworksDeleted: string[] | null;
}
