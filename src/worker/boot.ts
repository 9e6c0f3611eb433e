import type { Boot } from './running-machine.ts';

/** Boots the guest and starts the engine beside it. */
export const bootMachine: Boot = async () => {
  throw new Error('The machine is not part of this build yet.');
};
