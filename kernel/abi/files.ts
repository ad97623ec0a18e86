// What programs see of files: how to open them, where to seek from, and what stat and readdir fill in.
// Names: POSIX.1-2017; numbers: Linux on the i386.

// Flags of open.
export const O_RDONLY: u32 = 0;
export const O_WRONLY: u32 = 1;
export const O_RDWR: u32 = 2;
/** The bits that hold one of the three above. */
export const O_ACCMODE: u32 = 3;
export const O_CREAT: u32 = 0x40;
export const O_EXCL: u32 = 0x80;
export const O_TRUNC: u32 = 0x200;
export const O_APPEND: u32 = 0x400;
export const O_NONBLOCK: u32 = 0x800;
export const O_DIRECTORY: u32 = 0x10000;

// Where seek counts from.
export const SEEK_SET: u32 = 0;
export const SEEK_CUR: u32 = 1;
export const SEEK_END: u32 = 2;

// Types, in the mode of a Stat or a DirectoryEntry; the low nine bits are permissions.
export const S_IFMT: u32 = 0xf000;
export const S_IFIFO: u32 = 0x1000;
export const S_IFCHR: u32 = 0x2000;
export const S_IFDIR: u32 = 0x4000;
export const S_IFBLK: u32 = 0x6000;
export const S_IFREG: u32 = 0x8000;

/** Longest path with its NUL. */
export const PATH_MAX: u32 = 256;
/** Longest name of one file, without the NUL. */
export const NAME_MAX: u32 = 255;

/** What stat and fstat fill in. Times are seconds since 1970-01-01 00:00 UTC, 0 where the file system keeps none. */
@unmanaged
export class Stat {
  /** Which mounted file system. */
  device: u32;
  /** Which file in it. */
  node: u32;
  /** Type (S_IF…) and permissions. */
  mode: u32;
  links: u32;
  /** Bytes. */
  size: u64;
  modified: u32;
  accessed: u32;
  created: u32;
  /** The unit of allocation. */
  blockBytes: u32;
  /** Allocated units. */
  blocks: u32;
  reserved: u32;
}
export const STAT_BYTES: i32 = 48;

/** What readdir fills in for each file of a directory. */
@unmanaged
export class DirectoryEntry {
  node: u32;
  /** Type (S_IF…) and permissions. */
  mode: u32;
  /** Bytes, as far as they fit. */
  size: u32;
  modified: u32;
  nameBytes: u32;
  // The name follows: NUL-terminated, up to NAME_MAX bytes.

  get name(): usize {
    return changetype<usize>(this) + offsetof<DirectoryEntry>();
  }
}
export const DIRECTORY_ENTRY_BYTES: i32 = 276;

// Events of poll.
export const POLL_IN: u32 = 1;
export const POLL_OUT: u32 = 4;
export const POLL_ERROR: u32 = 8;
export const POLL_HANGUP: u32 = 16;
