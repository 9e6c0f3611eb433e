// Every sentence the page itself says. Components hold none, so that another language is one more file like this.

export const en = {
  name: 'Drydock',
  tagline: 'Docker, for real, in a browser tab',
  terminalLabel: (number: number) => `Terminal ${number} of the Linux machine`,

  status: {
    waiting: 'Waiting',
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
  title: (subject: string) => (subject === '' ? 'Drydock' : `${subject} – Drydock`),

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

  bar: {
    contents: 'Lessons',
    playground: 'Playground',
    commands: 'Commands',
    commandsKey: 'F1',
    language: 'Language',
    theme: { label: 'Colours', auto: 'As the system has them', light: 'Light', dark: 'Dark' },
    panes: 'What is shown',
    lesson: 'Lesson',
    terminal: 'Terminal',
  },

  contents: {
    heading: 'Lessons',
    close: 'Close',
    minutes: (minutes: number) => `${minutes} min`,
    progress: (passed: number, steps: number) => (passed === steps ? 'Done' : `${passed} of ${steps}`),
    playground: 'Playground',
    playgroundSummary: 'The machine and a terminal, nothing else.',
    opened: 'Opened here',
    openFile: 'Open lessons from a file',
    reset: 'Forget my progress',
    resetSure: 'Forget it for good?',
    notSaved: 'This browser keeps no data for this page, so progress lasts until the page is closed.',
  },

  lesson: {
    label: 'Lesson',
    loading: 'Loading the lesson',
    failedHeading: 'This lesson cannot be shown',
    failedAdvice: 'The other lessons and the playground may work. Loading the page again fetches this one anew.',
    reload: 'Load the page again',
    steps: 'Steps',
    step: (number: number, title: string) => `${number}. ${title}`,
    stepDone: (number: number, title: string) => `${number}. ${title} (done)`,
    stepOf: (number: number, count: number) => `Step ${number} of ${count}`,
    run: 'Type it into the terminal',
    stop: 'Stop typing',
    press: (keys: string) => `Press ${keys}`,
    hint: (number: number, count: number) => (count === 1 ? 'Show a hint' : `Show hint ${number} of ${count}`),
    hintHeading: (number: number, count: number) => (count === 1 ? 'Hint' : `Hint ${number}`),
    right: 'Right',
    wrong: 'Not so',
    several: (count: number) => `${count} answers are right.`,
    previous: 'Back',
    next: 'Next',
    skip: 'Skip',
    nextLesson: 'Next lesson',
    toContents: 'All lessons',
    passed: 'Done',
    finished: 'You have done this lesson.',
    reading: 'Nothing to do here but read.',
    answer: 'Answer the question to go on.',
    waiting: 'The machine is being started. Reading is possible meanwhile.',
    preparing: 'Preparing this step',
    checking: 'Looking',
    setupFailed: 'The machine could not be prepared for this step.',
    fresh: 'Begin on a fresh machine',
  },

  terminals: {
    label: 'Terminals',
    tab: (number: number, title: string) => (title === '' ? `Terminal ${number}` : title),
    add: 'Another terminal',
    close: (number: number) => `Close terminal ${number}`,
    unavailable: 'The terminal could not be loaded.',
  },

  drawer: { label: 'Panels', resize: 'Height of the panels' },
  resizeLesson: 'Width of the lesson',

  palette: {
    label: 'Commands',
    placeholder: 'What would you like to do?',
    nothing: 'There is no such command.',
    theme: (name: string) => `Colours: ${name}`,
    language: (name: string) => `Language: ${name}`,
    lesson: (title: string) => `Lesson: ${title}`,
    step: (title: string) => `Step: ${title}`,
    focusTerminal: 'Go to the terminal',
    focusLesson: 'Go to the lesson',
    restart: 'Restart the machine',
    screenReaderOn: 'Terminal: read output to a screen reader',
    screenReaderOff: 'Terminal: stop reading output to a screen reader',
  },
};

export type Messages = typeof en;
