// Leads the clients of this very process to a hub, as `twinhub exec` does for another one.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import redirect from './preload.cjs';

type HubAddress = {
  readonly hostNames: readonly string[];
  readonly httpsPort: number;
  readonly mqttPort: number;
  /** PEM. */
  readonly caPem: string;
};

/**
 * From this moment on, connections of this process to ports 443 and 8883 of the host names go to the hub's ports, and its CA is trusted.
 * Of several hubs of one name the first counts. @returns what undoes it.
 */
export function leadThisProcessTo({ hostNames, httpsPort, mqttPort, caPem }: HubAddress): () => void {
  setDefaultCACertificates([...getCACertificates('default'), caPem]);
  const uninstall = redirect.install({ hosts: hostNames, ports: { 443: httpsPort, 8883: mqttPort } });
  return (): void => {
    uninstall();
    setDefaultCACertificates(getCACertificates('default').filter((pem) => pem.trim() !== caPem.trim()));
  };
}
