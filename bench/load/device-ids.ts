// How the devices of a bench are called, by the hub's clients and by floors alike.

/** In code-point order, so that they are registered in the order of their index. */
export function deviceIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => deviceIdOf(index));
}

export function deviceIdOf(index: number): string {
  return `device-${String(index).padStart(7, '0')}`;
}
