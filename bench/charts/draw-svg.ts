// Draws a chart of Vega-Lite as SVG, without a browser, in colours that can be read on a light page and on a dark one.
import { parse, View } from 'vega';
import { compile, type Config, type TopLevelSpec } from 'vega-lite';

/** Each has at least three times the contrast of white, and of the black that pages use. */
export const COLOURS = {
  text: '#7d8590',
  grid: '#7d859040',
  hub: '#2f81f7',
  others: ['#8b8f96', '#bf7e1c', '#8f6fd6'],
  target: '#e5484d',
} as const;

const AXIS = {
  labelColor: COLOURS.text,
  titleColor: COLOURS.text,
  tickColor: COLOURS.text,
  domainColor: COLOURS.text,
  gridColor: COLOURS.grid,
};

const CONFIG: Config = {
  background: 'transparent',
  font: 'sans-serif',
  view: { stroke: null },
  axis: { ...AXIS, titleFontWeight: 'normal' },
  legend: { labelColor: COLOURS.text, titleColor: COLOURS.text, orient: 'top', title: null },
  title: { color: COLOURS.text, anchor: 'start', frame: 'group', fontSize: 12, fontWeight: 'bold' },
};

export async function drawSvg(chart: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(chart, { config: CONFIG }).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
