// What the log writes: JSON lines for machines, plain lines for people.
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/system/log.ts';

function captured(): { readonly lines: string[]; write(line: string): void } {
  const lines: string[] = [];
  return { lines, write: (line) => lines.push(line) };
}

describe('the log', () => {
  it('writes one JSON object a line, with time, level, message and fields', () => {
    const destination = captured();
    const log = createLog({ level: 'info' }, destination);

    log.warn({ deviceId: 'd1', count: 2, absent: undefined }, 'Something happened.');

    expect(destination.lines).toHaveLength(1);
    expect(destination.lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(destination.lines[0] ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'warn',
      msg: 'Something happened.',
      deviceId: 'd1',
      count: 2,
    });
  });

  it('shows message, stack and cause of an error under any name', () => {
    const destination = captured();
    const log = createLog({ level: 'info' }, destination);

    log.error({ fault: new Error('outer', { cause: new Error('inner') }) }, 'Failed.');

    const { fault } = JSON.parse(destination.lines[0] ?? '');
    expect(fault.message).toContain('outer');
    expect(fault.stack).toMatch(/outer[\s\S]*log\.test\.ts[\s\S]*inner/);
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ] as const)('at level %s lets %j through', (level, expected) => {
    const destination = captured();
    const log = createLog({ level }, destination);

    for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name]({}, name);

    expect(destination.lines.map((line) => JSON.parse(line).msg)).toEqual(expected);
  });

  it('writes plain lines for people, with the stack of an error below', () => {
    const destination = captured();
    const log = createLog({ level: 'info', pretty: true }, destination);

    log.info({ deviceId: 'd1', reason: 'two words' }, 'Connected.');
    log.error({ fault: new Error('broken') }, 'Failed.');

    expect(destination.lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO  Connected\. deviceId=d1 reason="two words"\n$/);
    expect(destination.lines[1]).toMatch(/ERROR Failed\. fault=\nError: broken\n {4}at /);
  });

  it('lets nothing that a client wrote steer the terminal', () => {
    const destination = captured();
    const log = createLog({ level: 'info', pretty: true }, destination);

    log.info({ deviceId: '\u001b[2Jd1\u009b1m\u202e', word: 'größe' }, 'Refused.');

    expect(destination.lines[0]).toMatch(/ Refused\. deviceId="\\u001b\[2Jd1\\u\{9b\}1m\\u\{202e\}" word=größe\n$/);
  });
});
