// Random paths of records of jobs.
import fc from 'fast-check';
import type { Path, PathSteps } from '../../../src/domain/query/ast.ts';
import { inner } from './query-arbitraries.ts';

const RESPONSE = ['outcome', 'deviceMethodResponse'] as const;

export const jobPath: fc.Arbitrary<Path> = fc
  .oneof<fc.MaybeWeightedArbitrary<PathSteps>[]>(
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(
          'deviceId',
          'jobId',
          'jobType',
          'status',
          'startTimeUtc',
          'endTimeUtc',
          'createdDateTimeUtc',
          'lastUpdatedDateTimeUtc',
          'outcome',
          'error',
          'other',
        )
        .map((root) => [root]),
    },
    { weight: 6, arbitrary: inner.map((steps) => [...RESPONSE, 'payload', ...steps]) },
    {
      weight: 3,
      arbitrary: fc.constantFrom<PathSteps[]>(
        RESPONSE,
        [...RESPONSE, 'status'],
        [...RESPONSE, 'payload'],
        [...RESPONSE, 'other'],
        [...RESPONSE, 0],
        ['outcome', 'other'],
        ['outcome', 0],
        ['error', 'code'],
        ['error', 'description'],
        ['error', 'code', 'a'],
        ['error', 0],
        ['jobId', 'a'],
        ['status', 0],
      ),
    },
  )
  .map((steps) => ({ kind: 'path', steps }));
