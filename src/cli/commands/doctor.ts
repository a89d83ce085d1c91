// `twinhub doctor`: why an app does not get to the hub, and the one thing to do about it.
import type { Command } from 'commander';
import { EXIT_CODES } from '../command-failure.ts';
import { examine } from '../doctor/examine.ts';
import { hasFailed, reportForPeople, reportForScripts } from '../doctor/report.ts';
import { findSubject, type SubjectOptions } from '../doctor/subject.ts';
import { LIMITS } from '../../domain/limits.ts';
import { systemClock } from '../../system/system-clock.ts';
import { startOptions } from './start.ts';

const DOCTOR_HELP = `
Checks names, certificate, clock, ports, store, versions and the SDKs of the app in the current folder, changes nothing, and ends with
exit code 1 when a check failed. Run it in the shell and folder from which you start the app. Examples:
  twinhub doctor
  twinhub doctor --connect 'HostName=hub.example.com;DeviceId=press-7;SharedAccessKey=…' --ca ca.pem
  twinhub doctor --https-port 8443 --mqtt-port 18883

A hub that does not run is checked for what \`twinhub start\` would meet with the same options.`;

/** Those of `start` that say where a hub is and what it has; --mqtt-port also goes with --connect. */
const OPTIONS_OF_START = ['hostname', 'httpsPort', 'mqttPort', 'bind', 'store', 'tlsCert', 'tlsKey'] as const;

export function addDoctorCommand(program: Command): void {
  const doctor = program.command('doctor').description('Find out why an app does not get to the hub, and what to do.').action(runDoctor);
  for (const option of startOptions(OPTIONS_OF_START)) doctor.addOption(option);
  doctor.addHelpText('after', DOCTOR_HELP);
}

async function runDoctor(this: Command): Promise<void> {
  const { json, ...options } = this.optsWithGlobals<SubjectOptions & { readonly json?: true }>();
  // Loaded here, since the parts of a hub would make every other command start slowly.
  const { inspectStore, isDataDirInUse } = await import('../../compose.ts');
  const subject = await findSubject(options, process.env, isDataDirInUse);
  const findings = await examine(subject, {
    clock: systemClock,
    env: process.env,
    folder: process.cwd(),
    nodeVersion: process.versions.node,
    inspectStore: (store) => inspectStore(store, LIMITS.storeInspectionBytes.value),
  });
  console.log(json ? reportForScripts(findings) : reportForPeople(findings));
  process.exitCode = hasFailed(findings) ? EXIT_CODES.failed : EXIT_CODES.done;
}
