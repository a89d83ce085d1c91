// Takes keys and signatures out of a text that a client wrote and that goes into a log.

/** Fields of connection strings and of SAS tokens, also percent-encoded, up to the end of their value. */
const SECRET_FIELD = /(SharedAccessKey|sig)(=|%3D)[^&;\s]*/gi;

/** The text with `…` in place of each value of `SharedAccessKey` and `sig`. A key without its name is not known for one. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRET_FIELD, '$1$2…');
}
