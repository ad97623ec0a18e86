// Paths. A path that the file system works with is absolute and normalised: it starts with "/", has no empty, "." or ".."
// parts, and ends in no "/" (but "/" itself). resolvePath makes one of what a person or a program writes.
//
// ".." takes the part before it away, as text (there are no symbolic links, so both ways arrive at the same file; but
// "missing/../file" is found). A "/" at the end is dropped.

import { ENAMETOOLONG, ENOENT } from "../abi/errno.ts";
import { PATH_MAX } from "../abi/files.ts";

const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;

/**
 * Writes the normalised path of `path`, seen from the directory `cwd` (normalised), to `out`, which has PATH_MAX bytes and
 * overlaps neither. Returns its length, -ENOENT for an empty path, -ENAMETOOLONG.
 */
export function resolvePath(cwd: usize, path: usize, out: usize): i32 {
  const limit = out + PATH_MAX - 1; // the NUL needs a place
  if (load<u8>(path) == 0) return -ENOENT;
  let end = out;
  if (load<u8>(path) != SLASH) {
    assert(isNormalized(cwd), "the current directory is not a normalised path");
    // "/" adds nothing: each part brings its own slash.
    for (let from = cwd; load<u8>(from) != 0 && load<u8>(cwd + 1) != 0; from++) store<u8>(end++, load<u8>(from));
  }
  for (let from = path; load<u8>(from) != 0; ) {
    if (load<u8>(from) == SLASH) {
      from++;
      continue;
    }
    const length = partLength(from);
    if (isDots(from, length, 2)) {
      while (end > out && load<u8>(--end) != SLASH) {}
    } else if (!isDots(from, length, 1)) {
      if (length + 1 > limit - end) return -ENAMETOOLONG; // a name that is too long is so for the path, too
      store<u8>(end, SLASH);
      memory.copy(end + 1, from, length);
      end += length + 1;
    }
    from += length;
  }
  if (end == out) store<u8>(end++, SLASH);
  store<u8>(end, 0);
  return (end - out) as i32;
}

/** Whether `path` is what resolvePath writes. */
export function isNormalized(path: usize): bool {
  if (load<u8>(path) != SLASH) return false;
  if (load<u8>(path + 1) == 0) return true;
  let at = path;
  while (load<u8>(at) != 0) {
    const length = partLength(++at);
    if (length == 0 || isDots(at, length, 1) || isDots(at, length, 2)) return false;
    at += length;
  }
  return at - path < (PATH_MAX as usize);
}

/** Bytes of the part that starts at `at`: up to the next "/" or the end. */
export function partLength(at: usize): usize {
  let end = at;
  while (load<u8>(end) != 0 && load<u8>(end) != SLASH) end++;
  return end - at;
}

/** Where the last part of a normalised path starts; for "/", at its end. */
export function lastPart(path: usize): usize {
  let part = path;
  for (let at = path; load<u8>(at) != 0; at++) {
    if (load<u8>(at) == SLASH) part = at + 1;
  }
  return part;
}

function isDots(part: usize, length: usize, count: usize): bool {
  return length == count && load<u8>(part) == DOT && load<u8>(part + count - 1) == DOT;
}
