// Reads the log of a hub under attack for what must not be in it: secrets, faults, and words that are no log at all.

/** So much of a secret is enough to find it, also where the rest was cut off. */
const TELLING_CHARS = 16;

/** Secrets of so many rounds are looked for; a log line is written long before that. */
const ROUNDS_KEPT = 20;

export class LogWatch {
  readonly #always = new Set<string>();
  #lately: string[][] = [[]];
  readonly #faults: string[] = [];
  #partOfLine = '';
  #lines = 0;

  /** Lines seen so far. A log at level debug has some for whatever is done. */
  get lines(): number {
    return this.#lines;
  }

  /** A secret that is one for good, such as a key. */
  keepForever(secret: string): void {
    for (const needle of needlesOf(secret)) this.#always.add(needle);
  }

  /** A secret of this round. */
  keep(secret: string): void {
    this.#lately.at(-1)?.push(...needlesOf(secret));
  }

  nextRound(): void {
    this.#lately = [...this.#lately.slice(1 - ROUNDS_KEPT), []];
  }

  read(text: string): void {
    const lines = `${this.#partOfLine}${text}`.split('\n');
    this.#partOfLine = lines.pop() ?? '';
    this.#lines += lines.length;
    for (const line of lines) this.#check(line);
  }

  /** Everything found since the last call, in words. */
  takeFaults(): readonly string[] {
    return this.#faults.splice(0);
  }

  #check(line: string): void {
    if (!line.startsWith('{')) this.#faults.push(`the hub said what is no log line: ${line}`);
    else if (line.startsWith('{"level":"error"')) this.#faults.push(`the log has a fault of the hub: ${line}`);
    const secret = [...this.#always, ...this.#lately.flat()].find((needle) => line.includes(needle));
    if (secret !== undefined) this.#faults.push(`the log holds the secret ${secret}…: ${line}`);
  }
}

/** The forms in which a secret could stand in a log: as it is, percent-encoded, as bytes of a Buffer, in hexadecimal digits and in base64. */
function needlesOf(secret: string): readonly string[] {
  // What is shorter is no secret, and may stand anywhere.
  if (secret.length < TELLING_CHARS) return [];
  const telling = secret.slice(0, TELLING_CHARS);
  const bytes = Buffer.from(telling);
  // Base64 of a part of a text is a part of its base64 only at each third byte.
  const base64 = [0, 1, 2].map((skipped) =>
    Buffer.from(secret)
      .subarray(skipped, skipped + 15)
      .toString('base64'),
  );
  return [telling, encodeURIComponent(telling), [...bytes].join(','), bytes.toString('hex'), ...base64];
}
