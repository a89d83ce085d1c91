// Waiting, for commands that look again and again; unlike a timer of the clock it keeps the process alive.

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
