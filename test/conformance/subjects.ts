// Every operation that the hub serves, with what it is exercised by.
import { callCases } from './call-cases.ts';
import type { Case, Subject, Subjects } from './case.ts';
import { parameterCases } from './parameter-cases.ts';
import { propertyCases } from './property-cases.ts';
import { type Operation, operationNamed } from './service-api.ts';
import { DEVICE_SUBJECTS } from './subjects/devices.ts';
import { DIGITAL_TWIN_SUBJECTS } from './subjects/digital-twins.ts';
import { JOB_SUBJECTS } from './subjects/jobs.ts';
import { METHOD_SUBJECTS } from './subjects/methods.ts';
import { MODULE_SUBJECTS } from './subjects/modules.ts';
import { QUERY_SUBJECTS } from './subjects/queries.ts';
import { REGISTRY_SUBJECTS } from './subjects/registry.ts';
import { TWIN_SUBJECTS } from './subjects/twins.ts';

const SUBJECTS: Subjects = {
  ...DEVICE_SUBJECTS,
  ...MODULE_SUBJECTS,
  ...REGISTRY_SUBJECTS,
  ...TWIN_SUBJECTS,
  ...QUERY_SUBJECTS,
  ...METHOD_SUBJECTS,
  ...DIGITAL_TWIN_SUBJECTS,
  ...JOB_SUBJECTS,
};

export type Exercised = { readonly operationId: string; readonly operation: Operation; readonly cases: readonly Case[] };

/** @throws Error for an operation that the API does not have, or that has a parameter without cases. */
export const EXERCISED: readonly Exercised[] = Object.entries(SUBJECTS).map(([operationId, subject]) => {
  const operation = operationNamed(operationId);
  return { operationId, operation, cases: allCases(operation, subject) };
});

function allCases(operation: Operation, subject: Subject): readonly Case[] {
  return [...callCases(operation, subject), ...parameterCases(operation, subject), ...propertyCases(operation, subject), ...subject.cases];
}
