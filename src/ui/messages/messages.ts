import { en, type Messages } from './en.ts';

/** The page's sentences in the reader's language; English is the only one so far. */
export const messages: Messages = en;
