type Listener<T> = (value: T) => void;

const listenersOf = new WeakMap<Promise<unknown>, Set<Listener<never>>>();

/**
 * Calls `listener` when `promise` resolves, unless the function returned is called before. A reaction of `then` cannot be
 * taken back: a promise that stays pending for long would keep those of all who have gone.
 */
export function onResolved<T>(promise: Promise<T>, listener: Listener<T>): () => void {
  const listeners = (listenersOf.get(promise) as Set<Listener<T>> | undefined) ?? begin(promise);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function begin<T>(promise: Promise<T>): Set<Listener<T>> {
  const listeners = new Set<Listener<T>>();
  listenersOf.set(promise, listeners);
  void promise.then((value) => {
    listenersOf.delete(promise);
    for (const listener of listeners) listener(value);
  });
  return listeners;
}
