export type * from '../../api/backend/exec.ts';
