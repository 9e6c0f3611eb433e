/**
 * What differs between a transcript and Drydock, and why it stays. The key is the scenario and the command; a difference
 * that is gone fails the replay, so that this list stays true.
 */
export const differences: Readonly<Record<string, string>> = {
  'container/running: exec o-run nosuch':
    'Docker 28 exits with 127, as for docker run; the 26.1 recorded from with 126',
  'container/running: container rm o-run':
    'Docker 28 names the container without a slash; the 26.1 recorded from with one',
  'cli/ps: ps -a --filter status=bogus': 'Docker 28 says which states there are',
  'cli/ps: ps -a --filter health=bogus': 'Docker 28 says which states of health there are',
  'cli/several: rm o-s2 o-nosuch o-s1':
    'Docker 28 names the container without a slash; the 26.1 recorded from with one',
  'container/exec-flags: exec -u nope o-exec true':
    'Docker 28 looks the user up when the command is prepared; the 26.1 recorded from when it starts',
  'network/nosuch: run --pull never --name o-net --network o-nosuch busybox true':
    'Docker 28 says that it was setting up the network; the 26.1 recorded from says the reason alone',
};
