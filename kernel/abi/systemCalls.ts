// The numbers of the system calls. A program puts the number into EAX and up to five arguments into EBX, ECX, EDX, ESI and
// EDI, and does `int 0x80`; the result comes back in EAX: from 0 on what was asked for, below 0 a negated error number.
// docs/kernel/system-calls.md describes each; a test keeps the two the same.

export const SYSTEM_CALL_VECTOR: u32 = 0x80;

export const SYS_NULL: u32 = 0;
export const SYS_EXIT: u32 = 1;
export const SYS_SPAWN: u32 = 2;
export const SYS_WAIT: u32 = 3;
export const SYS_GETPID: u32 = 4;
export const SYS_KILL: u32 = 5;
export const SYS_SCHED_POLICY: u32 = 6;
export const SYS_SLEEP: u32 = 7;
export const SYS_TIME: u32 = 8;
export const SYS_OPEN: u32 = 9;
export const SYS_CLOSE: u32 = 10;
export const SYS_READ: u32 = 11;
export const SYS_WRITE: u32 = 12;
export const SYS_SEEK: u32 = 13;
export const SYS_READDIR: u32 = 14;
export const SYS_STAT: u32 = 15;
export const SYS_FSTAT: u32 = 16;
export const SYS_IOCTL: u32 = 17;
export const SYS_BRK: u32 = 18;
export const SYS_SEM_CREATE: u32 = 19;
export const SYS_SEM_P: u32 = 20;
export const SYS_SEM_V: u32 = 21;
export const SYS_SEM_DESTROY: u32 = 22;
export const SYS_CURSOR: u32 = 23;
export const SYS_ATTRIBUTE: u32 = 24;
export const SYS_GET_KEY: u32 = 25;
export const SYS_MKDIR: u32 = 26;
export const SYS_UNLINK: u32 = 27;
export const SYS_RMDIR: u32 = 28;
export const SYS_RENAME: u32 = 29;
export const SYS_CHDIR: u32 = 30;
export const SYS_GETCWD: u32 = 31;
export const SYS_DUP: u32 = 32;
export const SYS_PIPE: u32 = 33;
export const SYS_POLL: u32 = 34;
export const SYS_MOUNT: u32 = 35;
export const SYS_UNMOUNT: u32 = 36;
export const SYS_SYNC: u32 = 37;
export const SYS_UPTIME: u32 = 38;
export const SYS_YIELD: u32 = 39;
export const SYS_POWER: u32 = 40;
export const SYS_TRUNCATE: u32 = 41;
export const SYS_SET_PRIORITY: u32 = 42;
/** The first number that is no system call. */
export const SYSTEM_CALL_COUNT: u32 = 43;
