// What lies on the stack when `interrupt` is called: pushed by interrupts.s (down to `vector`), by a stub or the
// processor (`errorCode`), and by the processor. ESP and SS are pushed only when the privilege level changed.

@unmanaged
export class InterruptFrame {
  gs: u32;
  fs: u32;
  es: u32;
  ds: u32;
  edi: u32;
  esi: u32;
  ebp: u32;
  /** ESP as pushal stores it: it points at `vector`. */
  pushalEsp: u32;
  ebx: u32;
  edx: u32;
  ecx: u32;
  eax: u32;
  vector: u32;
  errorCode: u32;
  eip: u32;
  cs: u32;
  eflags: u32;

  /** ESP of the program; only there if the interrupted code was one. */
  userEsp: u32;
  userSs: u32;

  /** Whether a program was interrupted, and not the kernel. */
  get isUser(): bool {
    return (this.cs & 3) != 0;
  }

  get esp(): u32 {
    return this.isUser ? this.userEsp : ((changetype<usize>(this) + offsetof<InterruptFrame>("userEsp")) as u32);
  }
}
