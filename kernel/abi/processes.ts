// What programs see of processes: handles that every one has, how a child ended, and the requests of `power`.

// Handles that a program finds open.
export const STDIN: i32 = 0;
export const STDOUT: i32 = 1;
export const STDERR: i32 = 2;
/** Handles that a process can have. */
export const HANDLE_COUNT: u32 = 32;

// How a child ended, as `wait` stores it: an exit status of 0 to 255, or one of these with more in the low bits.
/** A fault of the processor: the low byte is its vector. */
export const ENDED_BY_FAULT: u32 = 0x100;
/** Somebody called kill. */
export const ENDED_BY_KILL: u32 = 0x200;
/** ^C at the terminal. */
export const ENDED_BY_INTERRUPT: u32 = 0x400;

// Flags of spawn.
/** Nobody waits for the child: it goes by itself when it ends. */
export const SPAWN_DETACHED: u32 = 1;
/** The child is what ^C ends, until it ends. */
export const SPAWN_FOREGROUND: u32 = 2;

// Flags of wait.
/** Return 0 at once if no child has ended. */
export const WAIT_NO_HANG: u32 = 1;

// Limits.
/** Words and bytes of a program's arguments, with the NULs. */
export const MAX_ARGUMENTS: u32 = 64;
export const MAX_ARGUMENT_BYTES: u32 = 2048;

// Requests of power.
export const POWER_OFF: u32 = 1;
export const POWER_REBOOT: u32 = 2;

// Scheduling policies.
export const SCHED_PRIORITY: u32 = 0;
export const SCHED_MLFQ: u32 = 1;
