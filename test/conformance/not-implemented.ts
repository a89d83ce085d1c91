// The operations of the service's API that the hub does not have; docs/compatibility.md shows them.
import { type Operation, operationNamed } from './service-api.ts';

/** `answer`: 404 where the hub serves nothing under the path, 405 where it serves other methods. */
type Missing = { readonly area: string; readonly answer: 404 | 405; readonly operationIds: readonly string[] };

const TABLE: readonly Missing[] = [
  {
    area: 'Configurations',
    answer: 404,
    operationIds: [
      'Configuration_GetConfigurations',
      'Configuration_Get',
      'Configuration_CreateOrUpdate',
      'Configuration_Delete',
      'Configuration_TestQueries',
      'Configuration_ApplyOnEdgeDevice',
    ],
  },
  {
    area: 'Import and export',
    answer: 404,
    operationIds: ['Jobs_CreateImportExportJob', 'Jobs_GetImportExportJobs', 'Jobs_GetImportExportJob', 'Jobs_CancelImportExportJob'],
  },
  {
    area: 'Cloud-to-device messages',
    answer: 404,
    operationIds: [
      'CloudToDeviceMessages_PurgeCloudToDeviceMessageQueue',
      'CloudToDeviceMessages_ReceiveFeedbackNotification',
      'CloudToDeviceMessages_CompleteFeedbackNotification',
      'CloudToDeviceMessages_AbandonFeedbackNotification',
    ],
  },
];

export type MissingOperation = { readonly area: string; readonly answer: 404 | 405; readonly operation: Operation };

/** One entry for each operation, in the order of the areas. @throws Error for one that the API does not have. */
export const NOT_IMPLEMENTED: readonly MissingOperation[] = TABLE.flatMap(({ area, answer, operationIds }) =>
  operationIds.map((operationId) => ({ area, answer, operation: operationNamed(operationId) })),
);
