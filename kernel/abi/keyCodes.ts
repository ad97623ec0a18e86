// Key codes: 16 bits for every key event, as GeekOS has them. The low byte is the character (in code page 437, which the
// screen shows) or the number of a special key; the flags say the rest. Every key sends two codes, one when it is
// pressed and one with KEY_RELEASE when it is let go: a reader that prints both sees everything twice.

export const KEY_SPECIAL: u16 = 0x0100;
export const KEY_KEYPAD: u16 = 0x0200;
export const KEY_SHIFT: u16 = 0x1000;
export const KEY_ALT: u16 = 0x2000;
export const KEY_CTRL: u16 = 0x4000;
export const KEY_RELEASE: u16 = 0x8000;
/** Character or number, with the flags that tell which key it is. */
export const KEY_MASK: u16 = 0x03ff;

// Special keys. F1 to F12 are 1 to 12.
export const KEY_F1: u16 = KEY_SPECIAL | 1;
export const KEY_F11: u16 = KEY_SPECIAL | 11;
export const KEY_LEFT_CTRL: u16 = KEY_SPECIAL | 13;
export const KEY_RIGHT_CTRL: u16 = KEY_SPECIAL | 14;
export const KEY_LEFT_SHIFT: u16 = KEY_SPECIAL | 15;
export const KEY_RIGHT_SHIFT: u16 = KEY_SPECIAL | 16;
export const KEY_LEFT_ALT: u16 = KEY_SPECIAL | 17;
export const KEY_RIGHT_ALT: u16 = KEY_SPECIAL | 18;
export const KEY_PRINT_SCREEN: u16 = KEY_SPECIAL | 19;
export const KEY_CAPS_LOCK: u16 = KEY_SPECIAL | 20;
export const KEY_NUM_LOCK: u16 = KEY_SPECIAL | 21;
export const KEY_SCROLL_LOCK: u16 = KEY_SPECIAL | 22;
export const KEY_SYS_REQ: u16 = KEY_SPECIAL | 23;
export const KEY_PAUSE: u16 = KEY_SPECIAL | 24;
/** Ctrl with Pause. */
export const KEY_BREAK: u16 = KEY_SPECIAL | 25;
export const KEY_LEFT_WINDOWS: u16 = KEY_SPECIAL | 26;
export const KEY_RIGHT_WINDOWS: u16 = KEY_SPECIAL | 27;
export const KEY_MENU: u16 = KEY_SPECIAL | 28;

// Navigation keys; those of the keypad carry KEY_KEYPAD too.
export const KEY_HOME: u16 = KEY_SPECIAL | 128;
export const KEY_UP: u16 = KEY_SPECIAL | 129;
export const KEY_PAGE_UP: u16 = KEY_SPECIAL | 130;
export const KEY_KEYPAD_MINUS: u16 = KEY_SPECIAL | KEY_KEYPAD | 131;
export const KEY_LEFT: u16 = KEY_SPECIAL | 132;
export const KEY_CENTER: u16 = KEY_SPECIAL | 133;
export const KEY_RIGHT: u16 = KEY_SPECIAL | 134;
export const KEY_KEYPAD_PLUS: u16 = KEY_SPECIAL | KEY_KEYPAD | 135;
export const KEY_END: u16 = KEY_SPECIAL | 136;
export const KEY_DOWN: u16 = KEY_SPECIAL | 137;
export const KEY_PAGE_DOWN: u16 = KEY_SPECIAL | 138;
export const KEY_INSERT: u16 = KEY_SPECIAL | 139;
export const KEY_DELETE: u16 = KEY_SPECIAL | 140;

// Characters that are keys of their own.
export const KEY_BACKSPACE: u16 = 0x08;
export const KEY_TAB: u16 = 0x09;
export const KEY_ENTER: u16 = 0x0d;
export const KEY_ESCAPE: u16 = 0x1b;
