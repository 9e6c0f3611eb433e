/** network.Inspect and what it holds (moby's api/types/network). */
import { goBool, goString, goTime, map, slice, struct } from './go-type.ts';

const network = struct('network.Inspect', {
  Name: goString,
  ID: ['Id', goString],
  Created: goTime,
  Scope: goString,
  Driver: goString,
  EnableIPv4: goBool,
  EnableIPv6: goBool,
  IPAM: struct('network.IPAM', {
    Driver: goString,
    Options: map(goString),
    Config: slice(
      struct('network.IPAMConfig', {
        Subnet: goString,
        IPRange: goString,
        Gateway: goString,
        AuxAddress: ['AuxiliaryAddresses', map(goString)],
      }),
    ),
  }),
  Internal: goBool,
  Attachable: goBool,
  Ingress: goBool,
  ConfigFrom: struct('network.ConfigReference', { Network: goString }),
  ConfigOnly: goBool,
  Containers: map(
    struct('network.EndpointResource', {
      Name: goString,
      EndpointID: goString,
      MacAddress: goString,
      IPv4Address: goString,
      IPv6Address: goString,
    }),
  ),
  Options: map(goString),
  Labels: map(goString),
});

export const typedNetwork = (raw: string): unknown => network(JSON.parse(raw));
