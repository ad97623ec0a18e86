// The files of a CD as a tree, each with its names. Folders come of the files' paths.

import { MediaError } from "../media-error.ts";
import { compareNames, isoName, jolietName } from "./names.ts";

export interface IsoFile {
  /** "/boot/grub/grub.cfg"; a folder's ends with a slash, and is needed only when nothing is in it. */
  path: string;
  data: Uint8Array;
  /** Seconds since 1970; the volume's if not given. */
  time?: number;
}

export interface IsoNode {
  name: string;
  isFolder: boolean;
  time: number;
  data: Uint8Array;
  parent: IsoNode | undefined;
  children: IsoNode[];
  /** Names in the primary and in the Joliet tree. */
  names: readonly [primary: string, joliet: string];
  /** First block of a file's contents. */
  block: number;
}

const MOST_DEPTH = 64;
const MOST_NAME_BYTES = 255;
const NONE = new Uint8Array(0);

/** @throws MediaError when a path is none */
export function buildTree(files: readonly IsoFile[], time: number): IsoNode {
  const root = newNode("", true, time, undefined);
  // Folders that were made so far, by path.
  const folders = new Map<string, IsoNode>([["", root]]);
  const taken = new Set<string>();
  const folderAt = (names: readonly string[], path: string): IsoNode => {
    const key = names.join("/");
    const there = folders.get(key);
    if (there) return there;
    const parent = folderAt(names.slice(0, -1), path);
    const made = add(parent, newNode(names[names.length - 1], true, time, parent), path, taken, key);
    folders.set(key, made);
    return made;
  };
  for (const { path, data, time: own } of files) {
    const names = path.replace(/^\//, "").replace(/\/$/, "").split("/");
    const isFolder = path.endsWith("/");
    if (isFolder && names.length === 1 && names[0] === "") continue;
    if (names.length > MOST_DEPTH)
      throw new MediaError(path, 0, `at most ${MOST_DEPTH} folders deep`, `${names.length}`);
    if (isFolder) {
      folderAt(names, path).time = own ?? time;
      continue;
    }
    const parent = folderAt(names.slice(0, -1), path);
    const node = newNode(names[names.length - 1], false, own ?? time, parent);
    node.data = data;
    add(parent, node, path, taken, names.join("/"));
  }
  nameChildren(root);
  return root;
}

function newNode(name: string, isFolder: boolean, time: number, parent: IsoNode | undefined): IsoNode {
  return { name, isFolder, time, data: NONE, parent, children: [], names: ["", ""], block: 0 };
}

function add(parent: IsoNode, node: IsoNode, path: string, taken: Set<string>, key: string): IsoNode {
  const refuse = (found: string): never => {
    throw new MediaError(path, 0, "a name that a CD can hold", found);
  };
  if (node.name === "") refuse("an empty name");
  if (node.name === "." || node.name === "..") refuse(`the name "${node.name}"`);
  if (node.name.includes("\0")) refuse("a NUL in it");
  if (new TextEncoder().encode(node.name).length > MOST_NAME_BYTES) refuse(`more than ${MOST_NAME_BYTES} bytes`);
  if (taken.has(key)) throw new MediaError(path, 0, "each name once", "the name twice");
  taken.add(key);
  parent.children.push(node);
  return node;
}

function nameChildren(folder: IsoNode): void {
  const taken = [new Set<string>(), new Set<string>()];
  // In the order of their names, so that the order in which files are given does not matter.
  folder.children.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const child of folder.children) {
    const primary = isoName(child.name, child.isFolder, (name) => taken[0].has(name));
    const joliet = jolietName(child.name, child.isFolder, (name) => taken[1].has(name));
    taken[0].add(primary);
    taken[1].add(joliet);
    child.names = [primary, joliet];
    if (child.isFolder) nameChildren(child);
  }
}

/** A folder's children in the order of a directory's records. */
export function sortedChildren(folder: IsoNode, tree: 0 | 1): IsoNode[] {
  return folder.children.toSorted((a, b) => compareNames(a.names[tree], b.names[tree]));
}

/** All folders in the order of a path table: by depth, then as their parents, then by name. */
export function foldersOf(root: IsoNode, tree: 0 | 1): IsoNode[] {
  const folders = [root];
  for (const folder of folders) folders.push(...sortedChildren(folder, tree).filter(({ isFolder }) => isFolder));
  return folders;
}
