// Short lists of names that the hub itself chose, in one column: no name of them holds a comma.

export function joinNames(names: readonly string[]): string {
  return names.join(',');
}

/** `Name` is the type of the names that were joined. */
export function splitNames<Name extends string>(text: string): readonly Name[] {
  // The column holds what `joinNames` made of such names.
  return text === '' ? [] : (text.split(',') as Name[]);
}
