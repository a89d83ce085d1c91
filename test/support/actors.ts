// Who asks for writes in tests that do not care.
import type { Actor } from '../../src/domain/audit/audit-entry.ts';

export const SOMEONE: Actor = { policy: 'service', source: '192.0.2.7' };
