// What programs can ask of devices with `ioctl(handle, request, argument)`. Arguments and results are numbers, never
// addresses; a negative result is a negated error number.

// Terminals (tty0, console).
/** Returns the mode: a sum of the TTY_… bits below. */
export const TTY_GET_MODE: u32 = 0x101;
/** Sets the mode to the argument. */
export const TTY_SET_MODE: u32 = 0x102;
/** Returns the size: columns in the high 16 bits, rows in the low. */
export const TTY_GET_SIZE: u32 = 0x103;
/** Returns where the next character goes: column in the high 16 bits, row in the low, both from 0. */
export const TTY_GET_CURSOR: u32 = 0x104;
/** Moves there; the argument is as TTY_GET_CURSOR returns it. */
export const TTY_SET_CURSOR: u32 = 0x105;
/** Returns the colours: background in bits 4 to 6, foreground in bits 0 to 3. */
export const TTY_GET_COLOR: u32 = 0x106;
/** Sets the colours, as TTY_GET_COLOR returns them. */
export const TTY_SET_COLOR: u32 = 0x107;
/** Throws away what was typed and not read. */
export const TTY_FLUSH_INPUT: u32 = 0x108;
/**
 * Returns 1 if ^C is among what was typed and not read, and throws all that away; else 0. For a shell that does much between two
 * reads: it has no foreground process then whom ^C could end.
 */
export const TTY_TAKE_INTERRUPT: u32 = 0x109;

// Bits of a terminal's mode.
/** Reads give whole lines, which can be edited until Enter. Without it they give bytes as they come. */
export const TTY_CANONICAL: u32 = 1;
/** What is typed is shown. */
export const TTY_ECHO: u32 = 2;
/** ^C ends the foreground process. */
export const TTY_SIGNALS: u32 = 4;

// The keyboard. Reading it gives key codes (keyCodes.ts), two bytes each, presses and releases.
/** Returns the layout, KEYBOARD_US and so on. */
export const KEYBOARD_GET_LAYOUT: u32 = 0x201;
export const KEYBOARD_SET_LAYOUT: u32 = 0x202;
/** Returns which locks are on: 1 scroll lock, 2 num lock, 4 caps lock. */
export const KEYBOARD_GET_LOCKS: u32 = 0x203;
/** Sets the locks and their lights. */
export const KEYBOARD_SET_LOCKS: u32 = 0x204;
/** Returns how many key codes were lost because nobody read the others. */
export const KEYBOARD_GET_LOST: u32 = 0x205;

export const KEYBOARD_US: u32 = 0;
export const KEYBOARD_UK: u32 = 1;
export const KEYBOARD_GERMAN: u32 = 2;

// Serial ports.
/** Argument 1: what comes in is for those who read the port; 0: for the console again. */
export const SERIAL_TAKE_INPUT: u32 = 0x301;

// The clock and the real-time clock.
/** Returns the milliseconds since the start, modulo 2^31. */
export const CLOCK_GET_MS: u32 = 0x401;
/** Returns the ticks of the clock in a second. */
export const CLOCK_GET_HZ: u32 = 0x402;
/** Returns the seconds since 1970-01-01 00:00 UTC. */
export const RTC_GET_TIME: u32 = 0x403;

// The speaker.
/** Sounds at the argument's frequency in Hz until it is told 0. */
export const SPEAKER_SET_TONE: u32 = 0x501;
/** A beep: frequency in the high 16 bits, milliseconds in the low. Returns at once. */
export const SPEAKER_BEEP: u32 = 0x502;
