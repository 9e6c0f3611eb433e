// Every sentence the page itself says. Components hold none, so that another language is one more file like this.

export const en = {
  name: 'Drydock',
  tagline: 'Docker, for real, in a browser tab',
  terminalLabel: 'Terminal of the Linux machine',

  status: {
    loading: 'Loading',
    downloading: (received: string, total: string | undefined) =>
      total === undefined ? `Downloading ${received}` : `Downloading ${received} of ${total}`,
    restoring: 'Restoring the saved machine',
    coldBooting: 'Booting the kernel',
    ready: (seconds: string) => `Ready in ${seconds}`,
    failed: 'Did not start',
    died: 'Stopped',
  },

  boot: {
    heading: 'Starting a Linux machine in this tab',
    steps: {
      download: 'Download',
      restore: 'Restore the saved machine',
      ready: 'Open a shell',
    },
    kept: (count: number) =>
      count === 1 ? 'You have typed 1 character. It is kept.' : `You have typed ${count} characters. They are kept.`,
    fallback: (reason: string) => `The saved machine could not be used, so the kernel boots instead (${reason}).`,
  },

  failure: {
    heading: 'The machine did not start',
    advice: {
      download:
        'Check the connection and try again. If you serve Drydock yourself: the folder it was built into must be served whole.',
      noWebAssembly:
        'Drydock needs WebAssembly. Turn it on in this browser (some protection modes turn it off) or use another browser.',
      other: 'Try again. If it fails the same way, booting the kernel without the saved machine may work.',
    },
    noWebAssembly: 'This browser runs no WebAssembly.',
    workerLost: (detail: string) => `The worker that runs the machine failed: ${detail}`,
    workerUnavailable: 'its script could not be loaded',
  },

  died: {
    heading: 'The machine has stopped',
    advice: 'Its containers and their files are gone. Restart to get a fresh machine.',
  },

  restart: 'Restart',
  bootCold: 'Boot the kernel instead',

  shellEnded: 'The shell has ended. Press Enter to start another.',
  shellFailed: (reason: string) => `No shell could be started: ${reason} Press Enter to try again.`,
  title: (terminalTitle: string) => (terminalTitle === '' ? 'Drydock' : `${terminalTitle} – Drydock`),

  keys: {
    label: 'Keys a touch keyboard lacks',
    control: 'Ctrl',
    escape: 'Esc',
    tab: 'Tab',
    up: 'Up',
    down: 'Down',
    left: 'Left',
    right: 'Right',
    paste: 'Paste',
  },
};

export type Messages = typeof en;
