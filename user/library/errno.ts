// What error numbers are in words. A result below 0 is a negated one: strerror(-result).

import {
  E2BIG,
  EACCES,
  EAGAIN,
  EBADF,
  EBUSY,
  ECHILD,
  EEXIST,
  EFAULT,
  EFBIG,
  EINTR,
  EINVAL,
  EIO,
  EISDIR,
  ELOOP,
  EMFILE,
  ENAMETOOLONG,
  ENFILE,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  ENOTDIR,
  ENOTEMPTY,
  ENOTTY,
  ENXIO,
  EPERM,
  EPIPE,
  ERANGE,
  EROFS,
  ESPIPE,
  ESRCH,
  EXDEV,
} from "../../kernel/abi/errno.ts";

export function strerror(error: i32): string {
  switch (error) {
    case EPERM:
      return "operation not permitted";
    case ENOENT:
      return "no such file or directory";
    case ESRCH:
      return "no such process";
    case EINTR:
      return "interrupted";
    case EIO:
      return "input/output error";
    case ENXIO:
      return "no such device or address";
    case E2BIG:
      return "argument list too long";
    case ENOEXEC:
      return "not a program";
    case EBADF:
      return "bad handle";
    case ECHILD:
      return "no such child";
    case EAGAIN:
      return "try again";
    case ENOMEM:
      return "out of memory";
    case EACCES:
      return "permission denied";
    case EFAULT:
      return "bad address";
    case EBUSY:
      return "device or file is in use";
    case EEXIST:
      return "file exists";
    case EXDEV:
      return "not on the same file system";
    case ENODEV:
      return "no such device";
    case ENOTDIR:
      return "not a directory";
    case EISDIR:
      return "is a directory";
    case EINVAL:
      return "invalid argument";
    case ENFILE:
      return "too many open files in the system";
    case EMFILE:
      return "too many open files";
    case ENOTTY:
      return "not a terminal";
    case EFBIG:
      return "file too large";
    case ENOSPC:
      return "no space left on device";
    case ESPIPE:
      return "cannot seek";
    case EROFS:
      return "read-only file system";
    case EPIPE:
      return "nobody reads the pipe";
    case ERANGE:
      return "result does not fit";
    case ENAMETOOLONG:
      return "name too long";
    case ENOSYS:
      return "no such system call";
    case ENOTEMPTY:
      return "directory is not empty";
    case ELOOP:
      return "too many links";
  }
  return "unknown error";
}
