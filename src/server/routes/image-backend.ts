export type * from '../../api/backend/image.ts';
