// Limits of twins.
import { KIB, type Limit } from './limit.ts';

export const TWIN_LIMITS = {
  tagsBytes: { value: 8 * KIB, unit: 'bytes', meaning: 'size of the tags section', source: 'behaviour 3.2' },
  propertiesBytes: { value: 32 * KIB, unit: 'bytes', meaning: 'size of desired and of reported properties', source: 'behaviour 3.2' },
  twinSectionWeight: {
    value: 128 * KIB,
    unit: '',
    meaning: 'characters, keys and values of a twin section: bounds what the size in bytes does not count, such as control characters',
    source: 'twinhub',
  },
  twinStringBytes: { value: 4 * KIB, unit: 'bytes', meaning: 'longest string value in a twin, UTF-8', source: 'behaviour 3.2' },
  twinKeyBytes: { value: KIB, unit: 'bytes', meaning: 'longest key in a twin, UTF-8', source: 'behaviour 3.2' },
  twinDepth: { value: 10, unit: 'levels', meaning: 'nested objects and arrays below a twin section', source: 'behaviour 3.2' },
  twinIntegerMax: {
    value: 2 ** 52 - 1,
    unit: '',
    meaning: 'largest integer in a twin (smallest: minus this, minus 1)',
    source: 'behaviour 3.2',
  },
  digitalTwinOperations: {
    value: 100,
    unit: 'operations',
    meaning: 'operations in one PATCH of a digital twin',
    source: 'twinhub: each may touch all properties of a component',
  },
  dtdlNameChars: {
    value: 64,
    unit: 'characters',
    meaning: 'longest name of a component, a property or a field in a PATCH of a digital twin',
    source: 'DTDL, version 2',
  },
  dtdlDepth: { value: 5, unit: 'levels', meaning: 'objects inside each other in a property of a digital twin', source: 'DTDL, version 2' },
  twinBodyBytes: {
    value: 512 * KIB,
    unit: 'bytes',
    meaning: 'body of a PATCH of a twin or digital twin, or of a twin PUT',
    source: 'twinhub: sections and whole twins sent back, with metadata',
  },
} satisfies Record<string, Limit>;
