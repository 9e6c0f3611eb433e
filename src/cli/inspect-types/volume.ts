/** volume.Volume (moby's api/types/volume). */
import { goInt, goString, map, struct, structPointer } from './go-type.ts';

const volume = struct('volume.Volume', {
  CreatedAt: goString,
  Driver: goString,
  Labels: map(goString),
  Mountpoint: goString,
  Name: goString,
  Options: map(goString),
  Scope: goString,
  Status: map((json) => json),
  UsageData: structPointer('volume.UsageData', struct('volume.UsageData', { RefCount: goInt, Size: goInt })),
});

export const typedVolume = (raw: string): unknown => volume(JSON.parse(raw));
