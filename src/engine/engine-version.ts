/** The Docker Engine this one answers as. */
export const engineVersion = '28.2.2';
