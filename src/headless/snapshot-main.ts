import { ensureSnapshot } from './snapshot.ts';

await ensureSnapshot((line) => console.log(line));
