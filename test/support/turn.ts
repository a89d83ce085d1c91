// The event loop, for tests that look at what happens from one of its turns to the next.

/** A whole turn: what was scheduled before has run. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
