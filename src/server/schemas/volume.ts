import type * as z from 'zod';
import type { VolumeCreateRequest } from '../../api/volume.ts';
import * as go from './go.ts';

/** Body of `POST /volumes/create`. */
export const volumeCreateRequest = go.struct('volume.CreateOptions', {
  Name: go.string,
  Driver: go.string,
  DriverOpts: go.map(go.string),
  Labels: go.map(go.string),
}) satisfies z.ZodType<VolumeCreateRequest>;
