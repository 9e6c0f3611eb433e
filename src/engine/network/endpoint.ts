/** A container's connection to a network, from start to exit. */
export interface Endpoint {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly sandboxId: string;
  /** IPv4 without prefix length. */
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly mac: string;
  /** The veth's end in the host. */
  readonly hostInterface: string;
}
