export type * from '../../api/backend/attached-streams.ts';
