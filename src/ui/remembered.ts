// Small choices a browser keeps for this page: sizes, colours, the language. Where it keeps nothing (some private modes
// throw), they last as long as the page.

const prefix = 'drydock:';
const session = new Map<string, string>();

export function remember(name: string, value: string): void {
  session.set(name, value);
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // It is in `session`.
  }
}

export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? session.get(name);
  } catch {
    return session.get(name);
  }
}
