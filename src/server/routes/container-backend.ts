export type * from '../../api/backend/container.ts';
