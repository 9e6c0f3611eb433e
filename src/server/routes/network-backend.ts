export type * from '../../api/backend/network.ts';
