// How the findings of `twinhub doctor` look: a line for each check and a line for what to do, or with --json the same as data.
import type { Finding } from './finding.ts';

const STATES = ['failed', 'warning', 'skipped', 'ok'] as const;

export function hasFailed(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === 'failed');
}

export function reportForPeople(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap((finding) => linesOf(finding, width));
  return [...lines, '', summaryOf(findings)].join('\n');
}

/** `ok`: nothing has failed. */
export function reportForScripts(findings: readonly Finding[]): string {
  return JSON.stringify({ ok: !hasFailed(findings), checks: findings });
}

function linesOf(finding: Finding, width: number): readonly string[] {
  const line = `${finding.state.padEnd(7)}  ${finding.check.padEnd(width)}  ${finding.seen}`;
  return finding.state === 'ok' ? [line] : [line, `${' '.repeat(7 + 2 + width + 2)}-> ${finding.advice}`];
}

function summaryOf(findings: readonly Finding[]): string {
  const counts = STATES.map((state) => ({ state, count: findings.filter((finding) => finding.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state === 'warning' && count > 1 ? 'warnings' : state}`)
    .join(', ');
  const first = findings.find(({ state }) => state === 'failed');
  return first ? `${counts}. Begin with '${first.check}'.` : `${counts}.`;
}
