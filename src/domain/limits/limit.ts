// What one limit says.

/** `source`: the section of the reference that has it, or `twinhub`, with the reason, where the hub sets it. */
export type Limit = { readonly value: number; readonly unit: string; readonly meaning: string; readonly source: string };

export const KIB = 1024;
