// Generated container names: adjective_surname like Docker's, from a list of our own.

const adjectives = (
  'able agile amber bold brave bright brisk calm candid cheerful clever cosmic crisp curious daring dapper eager earnest ' +
  'elated fair fearless festive focused friendly gallant gentle gifted glad graceful happy hardy honest hopeful humble ' +
  'jolly jovial keen kind lively loyal lucid lucky mellow merry mighty modest nifty nimble noble patient plucky polite ' +
  'proud quick quiet quirky relaxed serene sharp sincere sleek steady sturdy sunny swift tender thoughtful tidy trusting ' +
  'upbeat vibrant vigilant vivid warm wise witty wonderful zealous zen'
).split(' ');

const surnames = (
  'allen babbage backus bell berners boole borg brooks cerf chandra church codd conway cormack cray curie dahl dijkstra ' +
  'einstein engelbart euler fermat feynman floyd galileo gauss godel goldberg gosper gray hamilton hamming hertz hilbert ' +
  'hoare hopper huffman johnson kahn kay kepler kernighan kilby knuth lamarr lamport leibniz liskov lovelace mccarthy ' +
  'meitner metcalfe milner minsky morris naur neumann newell newton noether pascal perlman pike planck postel ritchie ' +
  'rivest shannon stallman stroustrup sutherland tanenbaum tesla thompson torvalds turing ulam wiles wilkes wirth wozniak ' +
  'zuse'
).split(' ');

const pick = (words: readonly string[]): string =>
  words[crypto.getRandomValues(new Uint32Array(1))[0]! % words.length]!;

/** A name for which `taken` is false; after some collisions a digit is appended, as Docker does. */
export function generateName(taken: (name: string) => boolean): string {
  for (let attempt = 0; attempt < 6; attempt++) {
    const name = `${pick(adjectives)}_${pick(surnames)}`;
    if (!taken(name)) return name;
  }
  for (;;) {
    const name = `${pick(adjectives)}_${pick(surnames)}${Math.floor(Math.random() * 1000)}`;
    if (!taken(name)) return name;
  }
}
