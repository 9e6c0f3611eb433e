export type * from '../../api/backend/system.ts';
