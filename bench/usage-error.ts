// What the person who started a bench can mend.

/** Its message is all that is shown. */
export class UsageError extends Error {}
