// Error numbers, the same for the kernel and for programs. A function that can fail returns an i32: a result from 0 on, or
// a negated error number, `-ENOENT`. Names and meanings: POSIX.1-2017, <errno.h>; numbers: Linux on the i386.

/** Operation not permitted. */
export const EPERM: i32 = 1;
/** No such file or directory. */
export const ENOENT: i32 = 2;
/** No such process. */
export const ESRCH: i32 = 3;
/** The call was interrupted. */
export const EINTR: i32 = 4;
/** Input or output error. */
export const EIO: i32 = 5;
/** No such device or address. */
export const ENXIO: i32 = 6;
/** The argument list is too long. */
export const E2BIG: i32 = 7;
/** Not an executable. */
export const ENOEXEC: i32 = 8;
/** Not an open handle, or not open for this. */
export const EBADF: i32 = 9;
/** No such child. */
export const ECHILD: i32 = 10;
/** Try again: it would have to wait. */
export const EAGAIN: i32 = 11;
/** No memory. */
export const ENOMEM: i32 = 12;
/** Permission denied. */
export const EACCES: i32 = 13;
/** A bad address. */
export const EFAULT: i32 = 14;
/** The device or file is in use. */
export const EBUSY: i32 = 16;
/** The file exists. */
export const EEXIST: i32 = 17;
/** Not on the same file system. */
export const EXDEV: i32 = 18;
/** No such device. */
export const ENODEV: i32 = 19;
/** Not a directory. */
export const ENOTDIR: i32 = 20;
/** A directory. */
export const EISDIR: i32 = 21;
/** An argument is not valid. */
export const EINVAL: i32 = 22;
/** The system has no room for another open file. */
export const ENFILE: i32 = 23;
/** The process has no room for another handle. */
export const EMFILE: i32 = 24;
/** Not a terminal, or a request that the device doesn't know. */
export const ENOTTY: i32 = 25;
/** The file would be too large. */
export const EFBIG: i32 = 27;
/** No space left on the device. */
export const ENOSPC: i32 = 28;
/** Cannot seek in this. */
export const ESPIPE: i32 = 29;
/** A read-only file system. */
export const EROFS: i32 = 30;
/** Nobody reads the other end. */
export const EPIPE: i32 = 32;
/** The result does not fit. */
export const ERANGE: i32 = 34;
/** A name is too long. */
export const ENAMETOOLONG: i32 = 36;
/** No such system call. */
export const ENOSYS: i32 = 38;
/** The directory is not empty. */
export const ENOTEMPTY: i32 = 39;
/** Too many links in a path. */
export const ELOOP: i32 = 40;
