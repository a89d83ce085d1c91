// Why the hub cannot listen, as a sentence with the ways out.
import { SetupError } from '../domain/setup-error.ts';

const OTHER_PORTS = '--https-port 8443 --mqtt-port 18883';

/** @returns the error itself when it is not one of these. */
export function explainStartFault(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error) || error.syscall !== 'listen') return error;
  const port = 'port' in error ? String(error.port) : '';
  const address = 'address' in error ? String(error.address) : '';
  const text = sentence(error.code, port, address);
  return text === undefined ? error : new SetupError('environment', text, { cause: error });
}

function sentence(code: unknown, port: string, address: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program. Stop that one, or choose other ports, such as ${OTHER_PORTS}, and run apps with \`twinhub exec\`.`;
    case 'EACCES':
      return [
        `You may not listen on port ${port}. There are three ways out:`,
        `choose other ports, such as ${OTHER_PORTS}, and run apps with \`twinhub exec -- node app.js\`;`,
        'allow low ports, with `sudo sysctl net.ipv4.ip_unprivileged_port_start=443` for all or `setcap cap_net_bind_service=+ep` for your node;',
        'or put a container or a port forward in front (443 to 8443, 8883 to 18883).',
      ].join(' ');
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${address} to listen on. Correct --bind.`;
    default:
      return undefined;
  }
}
