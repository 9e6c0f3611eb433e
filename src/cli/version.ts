/** What this CLI calls itself. It behaves as Docker's of this version, and is none of Docker's builds. */
export const cliVersion = '28.2.2';
export const cliBuild = 'drydock';
