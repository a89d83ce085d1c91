// Checks imports against a table of rooms: who may import whom, which built-in modules, which packages.
import { posix } from 'node:path';
import { isBuiltin } from 'node:module';
import { type Fault, type ImportOf, type ParsedSource, lineAt } from './parsed-source.ts';

/** A part of the repository with one rule for what its files may import. */
type Room = {
  readonly name: string;
  /** A file, or a folder with a final slash; `*` stands for one folder name, and each such folder is a room of its own. */
  readonly place: string;
  /** Names of rooms; a room always may import itself. */
  readonly mayImport: readonly string[];
  readonly builtins: boolean;
  readonly reason: string;
};

/** The one file or folder (with a final slash) that may import a package. */
type PackageHome = { readonly packageName: string; readonly home: string; readonly reason: string };

export type ImportRules = { readonly rooms: readonly Room[]; readonly packages: readonly PackageHome[] };

/** Every import that the rules forbid, and every file that stands in no room. The first room whose place fits a path is its room. */
export function findImportFaults(sources: readonly ParsedSource[], rules: ImportRules): readonly Fault[] {
  return sources.flatMap((source) => {
    const from = roomAt(source.path, rules.rooms);
    if (from === undefined) return [undeclaredRoom(source.path)];
    return source.imports.flatMap((imported) => {
      const message = complaintAbout({ source, imported, from }, rules);
      return message === undefined ? [] : [{ path: source.path, line: lineAt(source, imported.offset), rule: from.room.name, message }];
    });
  });
}

/** `instance` tells apart the folders that one place with a `*` stands for. */
type Place = { readonly room: Room; readonly instance: string };

type Crossing = { readonly source: ParsedSource; readonly imported: ImportOf; readonly from: Place };

function complaintAbout(crossing: Crossing, rules: ImportRules): string | undefined {
  const { specifier } = crossing.imported;
  if (specifier.startsWith('.')) return complaintAboutFile(crossing, rules.rooms);
  if (isBuiltin(specifier)) return complaintAboutBuiltin(crossing.from.room, specifier);
  return complaintAboutPackage(crossing.source.path, packageNameOf(specifier), rules.packages);
}

function complaintAboutFile({ source, imported, from }: Crossing, rooms: readonly Room[]): string | undefined {
  const target = posix.join(posix.dirname(source.path), imported.specifier);
  const to = roomAt(target, rooms);
  if (to === undefined) return `imports ${target}, which is in no room`;
  if (to.instance === from.instance || from.room.mayImport.includes(to.room.name)) return undefined;
  return `imports ${target} (${to.room.name}), but ${from.room.reason}`;
}

function complaintAboutBuiltin(room: Room, specifier: string): string | undefined {
  return room.builtins ? undefined : `imports ${specifier}, but ${room.reason}`;
}

function complaintAboutPackage(path: string, packageName: string, packages: readonly PackageHome[]): string | undefined {
  const entry = packages.find((candidate) => candidate.packageName === packageName);
  if (entry === undefined) return `imports the package ${packageName}, which the table of packages does not know`;
  if (isAt(path, entry.home)) return undefined;
  return `imports the package ${packageName} outside ${entry.home}, but ${entry.reason}`;
}

function undeclaredRoom(path: string): Fault {
  return { path, line: 1, rule: 'known rooms', message: 'stands in no room: add the room and its reason to the table' };
}

function roomAt(path: string, rooms: readonly Room[]): Place | undefined {
  for (const room of rooms) {
    const instance = instanceOf(room.place, path);
    if (instance !== undefined) return { room, instance };
  }
  return undefined;
}

function instanceOf(place: string, path: string): string | undefined {
  if (!place.includes('*')) return isAt(path, place) ? place : undefined;
  const pattern = new RegExp(`^${place.replaceAll('.', '\\.').replace('*', '[^/]+')}`);
  return pattern.exec(path)?.[0];
}

function isAt(path: string, place: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) : path === place;
}

function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
