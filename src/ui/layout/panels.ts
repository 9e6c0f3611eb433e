// The drawer's panels. One that is listed here gets a tab; its code is loaded when the tab is opened first.

import type { Component } from 'svelte';
import type { MachineSession } from '../machine-session.svelte.ts';

export interface Panel {
  readonly id: string;
  /** In the reader's language. */
  readonly title: () => string;
  readonly load: () => Promise<{ readonly default: Component<{ session: MachineSession }> }>;
}

export const panels: readonly Panel[] = [];
