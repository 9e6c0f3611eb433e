/** `docker volume update`, which is for cluster volumes alone: flags and help. */
import { exactArgs } from '../../command.ts';
import { volumeNames } from '../../completion/names.ts';
import { availability } from '../volume/cluster-flags.ts';
import { swarmCommand } from './absent.ts';

export const updateVolume = swarmCommand(
  {
    use: 'update [OPTIONS] [VOLUME]',
    short: 'Update a volume (cluster volumes only)',
    args: exactArgs(1),
    complete: volumeNames,
    flags: { availability },
  },
  { swarm: 'manager' },
);
