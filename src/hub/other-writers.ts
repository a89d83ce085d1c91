// Tells work that can wait, such as a job over very many devices, whether devices and back ends wait for their writes meanwhile.

export interface OtherWriters {
  /** @returns what says whether others asked for a write since it was called before; true the first time. */
  readonly watch: () => () => boolean;
}

/** @param writesAsked how many writes others asked for so far. */
export function otherWriters(writesAsked: () => number): OtherWriters {
  return {
    watch() {
      let before = -1;
      return () => {
        const asked = writesAsked();
        const isBeside = asked !== before;
        before = asked;
        return isBeside;
      };
    },
  };
}
