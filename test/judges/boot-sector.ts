// A boot sector to try the judges with: it says "judge ready", then shows each key that is typed and sends it to COM1.

const CODE = [
  0xfa, // cli
  ...[0x31, 0xc0], // xor ax, ax
  ...[0x8e, 0xd8], // mov ds, ax
  ...[0x8e, 0xd0], // mov ss, ax
  ...[0xbc, 0x00, 0x7c], // mov sp, 0x7c00
  0xfb, // sti
  ...[0xb8, 0x03, 0x00, 0xcd, 0x10], // mov ax, 3; int 0x10: 80×25 text, screen cleared
  ...[0xb8, 0xe3, 0x00, 0x31, 0xd2, 0xcd, 0x14], // mov ax, 0xe3; xor dx, dx; int 0x14: COM1 at 9600, 8 bits, no parity
  ...[0xbe, 0x38, 0x7c], // mov si, 0x7c38: the message
  0xfc, // cld
  // next:
  0xac, // lodsb
  ...[0x84, 0xc0], // test al, al
  ...[0x74, 0x08], // jz keys
  ...[0xb4, 0x0e, 0x31, 0xdb, 0xcd, 0x10], // mov ah, 0x0e; xor bx, bx; int 0x10: teletype
  ...[0xeb, 0xf3], // jmp next
  // keys:
  ...[0x31, 0xc0, 0xcd, 0x16], // xor ax, ax; int 0x16: wait for a key
  ...[0xb4, 0x0e, 0x31, 0xdb, 0xcd, 0x10], // mov ah, 0x0e; xor bx, bx; int 0x10
  ...[0xba, 0xf8, 0x03, 0xee], // mov dx, 0x3f8; out dx, al
  ...[0xeb, 0xf0], // jmp keys
];

const MESSAGE = "judge ready\r\n\0";
const MESSAGE_OFFSET = 0x38;

/** A 1.44 MB floppy with that boot sector. */
export function tryoutFloppy(): Uint8Array {
  if (CODE.length !== MESSAGE_OFFSET)
    throw new Error(`the message lies at ${CODE.length}, the code says ${MESSAGE_OFFSET}`);
  return floppyWith([...CODE, ...new TextEncoder().encode(MESSAGE)]);
}

/** A floppy whose boot sector loads an empty interrupt table and raises an exception. */
export function tripleFaultFloppy(): Uint8Array {
  const lidtOfZeros = [0x2e, 0x0f, 0x01, 0x1e, 0x80, 0x7c]; // lidt cs:[0x7c80]
  return floppyWith([0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xea, 0x0a, 0x7c, 0x00, 0x00, ...lidtOfZeros, 0xcc]);
}

function floppyWith(code: readonly number[]): Uint8Array {
  const image = new Uint8Array(1440 * 1024);
  image.set(code);
  image.set([0x55, 0xaa], 510);
  return image;
}
