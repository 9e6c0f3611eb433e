/** Flags of cluster volumes, which a swarm has. Shown where Docker shows them, and refused. */
import { bytes } from '../../flag/bytes.ts';
import { list, map, text } from '../../flag/flag.ts';

const requires = { swarm: 'manager' } as const;

export const availability = text('Cluster Volume availability ("active", "pause", "drain")', {
  initial: 'active',
  requires,
});

export const clusterFlags = {
  availability,
  group: text('Cluster Volume group (cluster volumes)', { requires }),
  'limit-bytes': bytes('Minimum size of the Cluster Volume in bytes', { requires }),
  'required-bytes': bytes('Maximum size of the Cluster Volume in bytes', { requires }),
  scope: text('Cluster Volume access scope ("single", "multi")', { initial: 'single', requires }),
  secret: map('Cluster Volume secrets', { requires }),
  sharing: text('Cluster Volume access sharing ("none", "readonly", "onewriter", "all")', {
    initial: 'none',
    requires,
  }),
  'topology-preferred': list('A topology that the Cluster Volume would be preferred in', { requires }),
  'topology-required': list('A topology that the Cluster Volume must be accessible from', { requires }),
  type: text('Cluster Volume access type ("mount", "block")', { initial: 'block', requires }),
};
