// Why a hub cannot start, or a command cannot find one. It is the user's to mend and never crosses a wire, so it is no HubError.

/** `message` is one sentence or two: what is wrong, with which value, and the way out. `usage`: the command line or environment is wrong. */
export class SetupError extends Error {
  readonly kind: 'usage' | 'environment';

  constructor(kind: 'usage' | 'environment', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SetupError';
    this.kind = kind;
  }
}
