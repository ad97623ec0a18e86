// Binary search tree: 2000 insertions, 4000 look-ups.

import { next, seed } from "./common.ts";

@unmanaged
class Node {
  key: u32;
  left: Node | null;
  right: Node | null;
}

const SIZE: usize = 12;
let free: usize = 0;
let root: Node | null = null;

function insert(key: u32): void {
  let link: usize = 0;
  let node = root;
  let parent: Node | null = null;
  while (node !== null) {
    if (node.key == key) return;
    parent = node;
    link = key < node.key ? offsetof<Node>("left") : offsetof<Node>("right");
    node = load<Node | null>(changetype<usize>(node) + link);
  }
  const fresh = changetype<Node>(free);
  free += SIZE;
  fresh.key = key;
  fresh.left = null;
  fresh.right = null;
  if (parent === null) root = fresh;
  else store<Node>(changetype<usize>(parent) + link, fresh);
}

function contains(key: u32): bool {
  let node = root;
  while (node !== null) {
    if (node.key == key) return true;
    node = key < node.key ? node.left : node.right;
  }
  return false;
}

export function run(buffer: usize): u32 {
  free = buffer;
  root = null;
  seed();
  for (let i = 0; i < 2000; i++) insert(next() & 0xfff);
  let found: u32 = 0;
  for (let i = 0; i < 4000; i++) if (contains(next() & 0xfff)) found += i;
  return found;
}
