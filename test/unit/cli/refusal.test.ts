// The hub's refusals as sentences: every error code, in both envelopes, and what is no refusal of a hub at all.
import { describe, expect, it } from 'vitest';
import { describeRefusal } from '../../../src/cli/refusal.ts';
import { ERROR_CATALOGUE } from '../../../src/domain/errors.ts';

const TRACKING_ID = '8499e19d84364a719051a3da1b02a57a';
const FULL_TRACKING_ID = `${TRACKING_ID}-G:0-TimeStamp:01/02/2026 03:04:05`;

function plain(name: string, message: string): { Message: string; ExceptionMessage: string } {
  return { Message: `ErrorCode:${name};${message}`, ExceptionMessage: `Tracking ID:${FULL_TRACKING_ID}` };
}

function nested(number: number, message: string): { Message: string; ExceptionMessage: string } {
  return { Message: JSON.stringify({ errorCode: number, trackingId: FULL_TRACKING_ID, message }), ExceptionMessage: '' };
}

describe('a refusal', () => {
  it('tells what happened, what to try, and how to find it in the log', () => {
    const text = describeRefusal(404, plain('DeviceNotFound', "No device with ID 'd1' is registered."));

    expect(text).toBe(
      `No device with ID 'd1' is registered. Create it with \`twinhub device create ID\`. (DeviceNotFound, tracking id ${TRACKING_ID})`,
    );
  });

  it('reads the same from the nested envelope', () => {
    const text = describeRefusal(404, nested(404_103, 'The device is away.'));

    expect(text).toBe(
      `The device is away. Start the device app, or wait for it with --connect-timeout. (DeviceNotOnline, tracking id ${TRACKING_ID})`,
    );
  });

  it('of a bulk call tells why its first item was refused', () => {
    const errors = [
      { deviceId: 'd2', errorCode: 'DeviceAlreadyExists', errorStatus: "A device with ID 'd2' is already registered." },
      { deviceId: 'd3', errorCode: 'ArgumentInvalid', errorStatus: 'No.' },
    ];

    expect(describeRefusal(400, { isSuccessful: false, errors, warnings: [] })).toBe(
      "A device with ID 'd2' is already registered. Change it with `twinhub device update ID`. (DeviceAlreadyExists)",
    );
  });

  it.each([{ errors: [] }, { errors: 'many' }, { errors: [{ errorCode: 'X' }] }])('is not %j', (body) => {
    expect(describeRefusal(400, body)).toBe('The answer has status 400 and is not that of a twinhub. Check host name and port.');
  });

  it.each(Object.entries(ERROR_CATALOGUE))(
    'with code %s reads the same from both envelopes, without advice on HTTP',
    (name, { number }) => {
      const fromPlain = describeRefusal(400, plain(name, 'It happened.'));
      const fromNested = describeRefusal(400, nested(number, 'It happened.'));

      expect(fromPlain).toMatch(new RegExp(`^It happened\\. (\\S.*\\. )?\\(${name}, tracking id ${TRACKING_ID}\\)$`));
      expect(fromPlain.replace(name, '')).not.toMatch(/If-Match|InSeconds|REST|header|body|path/i);
      expect(fromNested).toBe(fromPlain);
    },
  );

  it.each([
    ['DeviceAlreadyExists', 'Change it with `twinhub device update ID`.'],
    ['GatewayTimeout', 'Give it longer with --response-timeout; the method may have run.'],
  ])('with code %s names the command or flag that helps', (name, wayOut) => {
    expect(describeRefusal(400, plain(name, 'It happened.'))).toBe(`It happened. ${wayOut} (${name}, tracking id ${TRACKING_ID})`);
  });

  it('that says itself what to do gets no more advice', () => {
    expect(describeRefusal(400, plain('ArgumentInvalid', 'Give both keys.'))).toBe(
      `Give both keys. (ArgumentInvalid, tracking id ${TRACKING_ID})`,
    );
  });

  it.each([
    ['It was cut of', 'It was cut of.'],
    ['Was it?', 'Was it?'],
    ['It was so.', 'It was so.'],
  ])('ends its sentence before the next begins: %s', (message, sentence) => {
    expect(describeRefusal(400, plain('DeviceNotFound', message))).toContain(`${sentence} Create it with`);
  });

  it('may hold semicolons', () => {
    expect(describeRefusal(400, nested(400_004, "The id 'a;b' is wrong."))).toMatch(/^The id 'a;b' is wrong\. \(/);
  });

  it('with a code that is not known is shown as it is', () => {
    expect(describeRefusal(400, plain('QuotaExceeded', 'Too much.'))).toBe(`Too much. (QuotaExceeded, tracking id ${TRACKING_ID})`);
    expect(describeRefusal(400, nested(499_999, 'Too much.'))).toBe(`Too much. (error 499999, tracking id ${TRACKING_ID})`);
  });

  it('may lack a tracking id', () => {
    expect(describeRefusal(400, { Message: 'ErrorCode:QuotaExceeded;Too much.' })).toBe('Too much. (QuotaExceeded)');
    expect(describeRefusal(400, { Message: '{"errorCode":499999,"message":"Too much."}' })).toBe('Too much. (error 499999)');
  });

  it.each([undefined, null, 'text', [], {}, { Message: 1 }, { Message: 'Bad gateway' }, { Message: '{}' }, { Message: '[1]' }])(
    'is not what a stranger answers: %j',
    (body) => {
      expect(describeRefusal(502, body)).toBe('The answer has status 502 and is not that of a twinhub. Check host name and port.');
    },
  );
});
