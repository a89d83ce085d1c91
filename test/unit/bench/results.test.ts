// What becomes of measurements: charts, tables, and the results section of a page.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../../../bench/catalogue.ts';
import { benchChart, panelsOf } from '../../../bench/charts/bench-chart.ts';
import { COLOURS, drawSvg } from '../../../bench/charts/draw-svg.ts';
import type { Measurement } from '../../../bench/measurement.ts';
import { purchasedCap } from '../../../bench/purchased-caps.ts';
import { asTable, type BenchReport } from '../../../bench/report.ts';
import { newestResults, resultsSection, withResults } from '../../../bench/results-page.ts';

const PAGE = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8');

const [about, between, after] = splitAtMarkers(PAGE);

describe('a chart', () => {
  it('has a panel for each quantity, with each side of each variant once', () => {
    const measurements = [
      measured({ variant: '1 at once', other: 'Mosquitto' }),
      measured({ variant: '1 at once', other: 'Aedes' }),
      measured({ variant: '1 at once', quantity: 'p99 ms', other: undefined }),
    ];

    const panels = panelsOf(measurements);

    expect(panels.map(({ quantity, bars }) => [quantity, bars.map(({ side }) => side)])).toEqual([
      ['calls/s', ['hub', 'Mosquitto', 'Aedes']],
      ['p99 ms', ['hub']],
    ]);
  });

  it('has a line where the target is, and none where there is no target', () => {
    const measurements = [
      measured({ variant: 'a', target: { kind: 'atLeast', value: 0.7 } }),
      measured({ variant: 'b', target: { kind: 'none' } }),
    ];

    expect(panelsOf(measurements)[0]?.targets).toEqual([{ variant: 'a', value: 140 }]);
  });

  it('is drawn as SVG on nothing, with the names of variants, sides and quantities', async () => {
    const svg = await drawSvg(benchChart([measured({ variant: '100 at once', target: { kind: 'atLeast', value: 0.7 } })]));

    expect(svg).toMatch(/^<svg /);
    expect(svg).toContain(COLOURS.target);
    for (const text of ['>100 at once<', '>floor<', '>hub<', '>calls/s  (red: target)<']) expect(svg).toContain(text);
    expect(svg).not.toContain('fill="white"');
  });
});

describe('the colours of charts', () => {
  it.each(Object.entries(COLOURS).flatMap(([name, colours]) => [colours].flat().map((colour) => [name, colour] as const)))(
    'for %s can be told from a light page and from a dark one: %s',
    (name, colour) => {
      const least = name === 'grid' ? 1 : 3;

      expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(least);
      expect(contrast(colour, '#0d1117')).toBeGreaterThanOrEqual(least);
    },
  );
});

describe('the results of several runs', () => {
  it('are of each bench those of the newest run that has it, in the order of the catalogue', () => {
    const older = runOf('2026-11-22T10:00:00.000Z', [measured({ bench: 'reported' }), measured({ bench: 'method', hub: 1 })]);
    const newer = runOf('2026-11-23T10:00:00.000Z', [measured({ bench: 'method', hub: 2 })]);

    const results = newestResults([newer, older]);

    expect(results.map(({ name, run, measurements }) => [name, run.at.slice(0, 10), measurements[0]?.hub.median])).toEqual([
      ['method', '2026-11-23', 2],
      ['reported', '2026-11-22', 100],
    ]);
  });

  it('leave out a bench that is gone', () => {
    expect(newestResults([runOf('2026-11-22T10:00:00.000Z', [measured({ bench: 'gone' })])])).toEqual([]);
  });

  it('are shown with the machine, the chart, the cap that is bought, and what was left out', () => {
    const run = { ...runOf('2026-11-22T10:00:00.000Z', [measured({ target: { kind: 'atLeast', value: 0.7 } })]), notes: ['Nobody came.'] };

    const section = resultsSection(newestResults([run]), (bench) => `performance/${bench}.svg`);

    expect(section).toContain('- `method`: 2026-11-22, 3 rounds of 2 s, a machine');
    expect(section).toContain('Nobody came.');
    expect(section).toContain('![Chart of method](performance/method.svg)');
    expect(section).toContain('| 1 at once | calls/s | 100 | floor 200 | 0.5 | ≥ 0.7 × | missed | 40 / 120 / 6,000 |');
  });

  it('are shown to people as a table too', () => {
    expect(asTable([measured({ target: { kind: 'hubAtLeast', value: 90 } })])).toMatch(
      /1 at once.*calls\/s.*100.*floor 200.*0\.5.*≥ 90.*met/,
    );
  });
});

describe('a page', () => {
  it('gets the results between its markers, as often as one likes, and is otherwise left alone', () => {
    const once = withResults(PAGE, 'first');
    const twice = withResults(once, 'second');

    expect(splitAtMarkers(twice).map((part) => part.trim())).toEqual([about.trim(), 'second', after.trim()]);
  });

  it('without markers is refused with a word about them', () => {
    expect(() => withResults('# Performance', 'x')).toThrow('The page needs the lines');
  });
});

describe('docs/performance.md', () => {
  it.each([...BENCHES.keys()])('says what %s measures', (name) => {
    expect(about).toContain(`\n| \`${name}\` |`);
  });

  it('names no bench that is gone', () => {
    const named = [...about.matchAll(/^\| `([\w-]+)` \|/gm), ...between.matchAll(/^### `([\w-]+)`/gm)].map(([, name]) => name);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !BENCHES.has(name ?? ''))).toEqual([]);
  });
});

describe('a purchased cap', () => {
  it('is of one unit of S1, S2 and S3', () => {
    expect(purchasedCap({ bench: 'bulk', quantity: 'devices/s' })).toBe('1.67 / 1.67 / 83.33');
  });

  it('is not made up where none is published', () => {
    expect(purchasedCap({ bench: 'start', quantity: 'ms until ready' })).toBeUndefined();
  });
});

type Given = Partial<Pick<Measurement, 'bench' | 'variant' | 'quantity' | 'target'>> & {
  readonly hub?: number;
  readonly other?: string | undefined;
};

function measured(given: Given): Measurement {
  const { bench = 'method', variant = '1 at once', quantity = 'calls/s', target = { kind: 'none' }, hub = 100 } = given;
  const name = 'other' in given ? given.other : 'floor';
  const other = name === undefined ? undefined : { name, sample: flat(200), ratio: flat(hub / 200) };
  return { bench, variant, quantity, hub: flat(hub), other, target };
}

function flat(value: number): Measurement['hub'] {
  return { median: value, min: value, max: value };
}

function runOf(at: string, measurements: readonly Measurement[]): BenchReport {
  return { at, machine: 'a machine', rounds: 3, seconds: 2, measurements, notes: [], samples: [] };
}

function splitAtMarkers(page: string): readonly [about: string, between: string, after: string] {
  const [top = '', rest = ''] = page.split(/^<!-- results:.*-->$/m);
  const [middle = '', bottom = ''] = rest.split('<!-- and here -->');
  return [top, middle, bottom];
}

/** WCAG 2.2. A transparent colour counts as if it were not. */
function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
