// The rates that one unit of the cloud service may be used with (behaviour 8): bought, published caps. Nobody measured them.

type Cap = { readonly s1: number; readonly s2: number; readonly s3: number };

/** Where the service gives the greater of a rate for the whole hub and one for each unit, this is what a hub of one unit has. */
const CAPS: Readonly<Record<string, Cap>> = {
  // 160 KB, 480 KB and 24 MB a second, in calls of 4 KB.
  'method calls/s': { s1: 40, s2: 120, s3: 6000 },
  'reported updates/s': { s1: 50, s2: 50, s3: 250 },
  'twin-read reads/s': { s1: 100, s2: 100, s3: 500 },
  'connect connections/s': { s1: 100, s2: 120, s3: 6000 },
  'method-job devices/s': { s1: 10, s2: 10, s3: 50 },
  'twin-job devices/s': { s1: 10, s2: 10, s3: 50 },
  // Operations on the registry. Whether a bulk call is one of them or as many as it has devices is not documented.
  'bulk devices/s': { s1: 1.67, s2: 1.67, s3: 83.33 },
};

/** `undefined` where the service publishes none. */
export function purchasedCap({ bench, quantity }: { readonly bench: string; readonly quantity: string }): string | undefined {
  const cap = CAPS[`${bench} ${quantity}`];
  return cap && [cap.s1, cap.s2, cap.s3].map((rate) => rate.toLocaleString('en')).join(' / ');
}
