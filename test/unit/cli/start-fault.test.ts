// Faults of listening, made by real listeners where the machine allows it, become sentences with ways out.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { explainStartFault } from '../../../src/cli/start-fault.ts';
import { SetupError } from '../../../src/domain/setup-error.ts';

async function listenFault(port: number, host: string): Promise<unknown> {
  const [error] = await once(createServer().listen(port, host), 'error');
  return error;
}

describe('a fault of listening', () => {
  it('on a port that is taken names the port and two ways out', async () => {
    const holder = createServer();
    await once(holder.listen(0, '127.0.0.1'), 'listening');
    const { port } = holder.address() as AddressInfo;

    const explained = explainStartFault(await listenFault(port, '127.0.0.1'));

    holder.close();
    expect(explained).toBeInstanceOf(SetupError);
    expect(explained).toMatchObject({
      kind: 'environment',
      message: `Port ${port} is taken by another program. Stop that one, or choose other ports, such as --https-port 8443 --mqtt-port 18883, and run apps with \`twinhub exec\`.`,
    });
  });

  it('on an address that this machine does not have names it', async () => {
    const explained = explainStartFault(await listenFault(0, '192.0.2.1'));

    expect(explained).toMatchObject({ message: 'This machine has no address 192.0.2.1 to listen on. Correct --bind.' });
  });

  it('on a port below those that users may have gives three ways out', () => {
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES', syscall: 'listen', address: '0.0.0.0', port: 443 });

    const { message } = explainStartFault(denied) as SetupError;

    expect(message).toMatch(/^You may not listen on port 443\. There are three ways out: /);
    expect(message).toMatch(/--https-port 8443.*ip_unprivileged_port_start=443.*container or a port forward/);
  });
});

describe('any other fault', () => {
  it.each([
    new Error('without a code'),
    Object.assign(new Error('open EACCES'), { code: 'EACCES', syscall: 'open', path: '/file' }),
    Object.assign(new Error('listen EMFILE'), { code: 'EMFILE', syscall: 'listen' }),
    new SetupError('environment', 'explained already'),
    'no error at all',
  ])('stays what it is: %s', (error) => {
    expect(explainStartFault(error)).toBe(error);
  });
});
