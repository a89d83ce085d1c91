// Judges whether there is a hub, and what it answers behind its ports.
import { describeRefusal } from '../../refusal.ts';
import { textAt } from '../../output.ts';
import { failed, ok, skipped, type Verdict, warning } from '../finding.ts';
import type { HttpAnswer, MqttAnswer } from '../probes/protocols.ts';
import type { Subject, Trace } from '../subject.ts';

export function judgeHub(subject: Subject): Verdict {
  switch (subject.kind) {
    case 'named':
      return ok(`${subject.endpoint.hostName}, named by a connection string.`);
    case 'running':
      return ok(`Process ${subject.record.pid} runs from ${subject.config.dataDir}.`);
    case 'stopped':
      return judgeTrace(subject.trace, subject.config.dataDir);
  }
}

function judgeTrace(trace: Trace, dataDir: string): Verdict {
  switch (trace.kind) {
    case 'none':
      return failed(
        `No hub runs from ${dataDir}.`,
        'Start one with `twinhub start`, name its folder with --data-dir, or name a hub elsewhere with --connect.',
      );
    case 'left behind':
      return failed(
        `The hub of ${dataDir} (process ${trace.pid}) has ended without a stop.`,
        'Start it again with `twinhub start`; whatever it acknowledged is kept.',
      );
    case 'without record':
      return failed(
        `A hub uses ${dataDir}, but does not say where it listens.`,
        'Wait until it is ready and run this again, or name it with --connect when it runs inside a test.',
      );
    case 'unreadable':
      return failed(trace.reason, 'Run this as the user who runs the hub, if that is another one.');
  }
}

/** The answer of GET /hub/health/ready. */
export function judgeReadiness(answer: HttpAnswer): Verdict {
  if (answer.kind === 'fault') {
    return failed(`The HTTPS port gave no answer (${answer.fault}).`, 'Look at the log of the hub, and start it again if it hangs.');
  }
  if (answer.status === 200 && textAt(answer.body, 'status') === 'ready') return ok('The hub answers and its store reads and writes.');
  if (answer.status === 503 && textAt(answer.body, 'status') === 'unavailable') {
    return failed(`The hub runs, but its store does not. ${textAt(answer.body, 'reason')}`, 'Look at the disk and at the log of the hub.');
  }
  return failed(
    `Something else than a twinhub answers there (status ${answer.status}).`,
    'Correct the host name or the port, or what forwards to the hub.',
  );
}

/** The answer of GET /hub/status to a token of the policy. */
export function judgeSignIn(policyName: string, answer: HttpAnswer): Verdict {
  if (answer.kind === 'fault') {
    return failed(`The hub gave no answer to a sign-in (${answer.fault}).`, 'Run this again, and look at the log of the hub.');
  }
  if (answer.status === 200) return ok(`The hub accepts policy ${policyName}.`);
  const refusal = describeRefusal(answer.status, answer.body);
  if (answer.status !== 401) return failed(refusal, 'Look at the log of the hub.');
  return failed(
    `The hub refuses policy ${policyName}: ${refusal}`,
    'Take a new connection string with `twinhub policy connection-string service` on the machine of the hub.',
  );
}

/** @param own the version of this program. @param hub `undefined` when the hub did not tell. */
export function judgeVersions(own: string, hub: string | undefined): Verdict {
  if (hub === undefined) {
    return skipped(
      `This command is of twinhub ${own}; a hub tells its version after a sign-in only.`,
      "Mend 'sign-in' first, or give the connection string of a policy.",
    );
  }
  if (hub === own) return ok(`Hub and command line are twinhub ${own}.`);
  return warning(
    `The hub is twinhub ${hub}, this command line ${own}.`,
    'Use one version for both: install it, and start the hub again with it.',
  );
}

/** @param showsOtherCertificate whether the two ports of the hub show different ones, which a hub never does. */
export function judgeMqtt(answer: MqttAnswer, showsOtherCertificate: boolean): Verdict {
  switch (answer.kind) {
    case 'connack':
      // Code 3 says "try again later" (contract 1.4).
      if (answer.returnCode === 3) {
        return failed('The hub answers MQTT, but cannot serve devices.', 'Look at the disk and at the log of the hub.');
      }
      return showsOtherCertificate
        ? warning('The MQTT port shows another certificate than the HTTPS port.', 'Make sure that both ports lead to the same hub.')
        : ok('MQTT answers over TLS.');
    case 'not mqtt':
      return failed(
        'What listens on the MQTT port speaks TLS, but not MQTT.',
        'Correct --mqtt-port, or what forwards that port to the hub.',
      );
    case 'fault':
      if (isTlsFault(answer.fault)) {
        return failed(
          `What listens on the MQTT port does not speak TLS (${answer.fault}).`,
          'Correct --mqtt-port, or what forwards that port to the hub.',
        );
      }
      return failed(`The MQTT port gave no answer (${answer.fault}).`, 'Look at the log of the hub, and at what forwards that port to it.');
  }
}

/** What TLS answers to bytes that are none of its own. */
function isTlsFault(fault: string): boolean {
  return fault === 'EPROTO' || fault.startsWith('ERR_SSL_');
}
