/** image.InspectResponse and what it holds (moby's api/types/image). */
import { graphDriver, healthConfig } from './container.ts';
import { goBool, goInt, goString, goTime, map, pointer, slice, struct, structPointer } from './go-type.ts';

const strings = slice(goString);
const emptyStruct = struct('struct {}', {});

const imageConfig = struct('v1.DockerOCIImageConfig', {
  User: goString,
  ExposedPorts: map(emptyStruct),
  Env: strings,
  Entrypoint: strings,
  Cmd: strings,
  Volumes: map(emptyStruct),
  WorkingDir: goString,
  Labels: map(goString),
  StopSignal: goString,
  ArgsEscaped: goBool,
  Healthcheck: structPointer('v1.HealthcheckConfig', healthConfig),
  OnBuild: strings,
  Shell: strings,
});

const image = struct('image.InspectResponse', {
  ID: ['Id', goString],
  RepoTags: strings,
  RepoDigests: strings,
  Parent: goString,
  Comment: goString,
  Created: goString,
  Container: goString,
  ContainerConfig: pointer('container.Config'),
  DockerVersion: goString,
  Author: goString,
  Config: structPointer('v1.DockerOCIImageConfig', imageConfig),
  Architecture: goString,
  Variant: goString,
  Os: goString,
  OsVersion: goString,
  Size: goInt,
  VirtualSize: goInt,
  GraphDriver: graphDriver,
  RootFS: struct('image.RootFS', { Type: goString, Layers: strings }),
  Metadata: struct('image.Metadata', { LastTagTime: goTime }),
  Descriptor: pointer('v1.Descriptor'),
  Manifests: slice((json) => json),
});

export const typedImage = (raw: string): unknown => image(JSON.parse(raw));
