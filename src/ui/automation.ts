import type { TerminalScreen } from './terminal/screen.ts';

declare global {
  interface Window {
    /** For tests, and for people who drive the page from a script or the browser's console. */
    drydock?: {
      /** What the terminal shows, with its scrollback. */
      terminalText(): string;
      terminalSize(): { columns: number; rows: number };
    };
  }
}

export function exposeForAutomation(screen: TerminalScreen): void {
  window.drydock = { terminalText: () => screen.text(), terminalSize: () => screen.size };
}
