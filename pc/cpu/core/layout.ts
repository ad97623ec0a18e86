// Where everything stands in the one WebAssembly memory. Compiled by asc for the core and by tsc for the wrapper, so it stands once.
// The low part is fixed; what depends on the amount of RAM follows HOST_BASE (see `hostLayout` in pc/cpu/cpu.ts).

/** Eight bytes that are always zero: the base or index of an address that has none. */
export const ZERO = 0x100;
/** EAX ECX EDX EBX ESP EBP ESI EDI; AH is the byte after AL, and so on. */
export const REGISTERS = 0x110;
/** Eight temporaries of the instruction being executed. */
export const TEMPORARIES = 0x130;
/** EIP of the next instruction between blocks; of the first instruction of the block inside one. */
export const EIP = 0x150;
/** First record of the running block. */
export const BLOCK = 0x154;
/** Instructions that may still run, the running block already deducted. */
export const REMAINING = 0x158;
/** The record that entered a slow path, or 0: gives a fault its EIP and a bus callback its exact time. */
export const CURRENT = 0x15c;
/** ZF = this word is 0. */
export const ZERO_RESULT = 0x160;
/** SF = bit 31, PF = parity of the low byte. */
export const SIGN_RESULT = 0x164;
/** CF = bit 31, OF = bit 31 ^ bit 30, AF = bit 3. */
export const CARRY = 0x168;
/** EFLAGS without the six lazy flags. */
export const FLAGS = 0x16c;
/** The mode bits a block depends on (MODE_…). */
export const MODE = 0x170;
export const CPL = 0x174;
/** Permission bit of a TLB word that a data read (write) at the present CPL needs; 0 while accesses must be aligned. */
export const READ_MASK = 0x178;
export const WRITE_MASK = 0x17c;
/** Not zero: accesses at CPL 3 must be aligned. */
export const ALIGNMENT = 0x338;
/** What waits for the next instruction boundary (PENDING_…). */
export const PENDING = 0x180;
/** Instructions taken back from REMAINING so that the running block is the last of this round. */
export const DEFERRED = 0x184;
export const STOP = 0x188;
export const HALTED = 0x18c;
export const SHUTDOWN = 0x190;
/** Not zero: no interrupt before the next instruction has run (INHIBIT_…). */
export const INHIBIT = 0x194;
/** After STI; after MOV SS and POP SS, which hold up debug exceptions as well. */
export const INHIBIT_INTERRUPTS = 1;
export const INHIBIT_ALL = 2;
export const FAULT_VECTOR = 0x198;
export const FAULT_ERROR = 0x19c;
export const FAULT_HAS_ERROR = 0x1a0;
/** Vector being delivered, or -1. */
export const DELIVERING = 0x1a4;
/** An interrupt was delivered by the instruction itself: no single-step trap after it. */
export const TRAP_CANCELLED = 0x1a8;
/** All ones, or all but bit 20. */
export const A20_MASK = 0x1ac;
export const TLB_COUNT = 0x1b0;
/** First free byte of the micro-op arena. */
export const ARENA_NEXT = 0x1b4;
/** What `instructions` counts: those of finished slices are in the wrapper, this slice's length is here. */
export const SLICE = 0x1b8;
/** Base of the bitmap with one bit for each byte of host memory that is decoded code. */
export const CODE_MAP = 0x1bc;
/** Base of the words, one for each host page, that head the list of the page's blocks. */
export const PAGE_HEADS = 0x1c0;
/** Bytes from HOST_BASE that hold RAM and ROM. */
export const HOST_BYTES = 0x1c4;
/** Bytes of RAM. */
export const RAM_BYTES = 0x1c8;
/** Time-stamp counter's part that WRMSR set (64 bits). */
export const TSC_OFFSET = 0x1d0;
/** Instructions of finished slices (64 bits). */
export const RETIRED = 0x1d8;
/** Not zero: an NMI is being handled, the next waits for IRET. */
export const NMI_MASKED = 0x1ec;
/** Not zero: interrupts and exceptions go to the host (a hypervisor), not through the IDT. */
export const HOST_TRAPS = 0x1f0;
/** SYSENTER's model-specific registers. */
export const SYSENTER_CS = 0x1f4;
export const SYSENTER_ESP = 0x1f8;
export const SYSENTER_EIP = 0x1fc;
/** Blocks decoded, blocks thrown away, TLB fills: for `--stats`. */
export const LIFTED_BLOCKS = 0x1e0;
export const INVALIDATIONS = 0x1e4;
export const TLB_FILLS = 0x1e8;

/** Segment caches: ES CS SS DS FS GS LDTR TR. */
export const SEGMENTS = 0x200;
export const SEGMENT_BYTES = 32;
export const SELECTOR = 0;
export const BASE = 4;
/** In bytes, scaled by G. */
export const LIMIT = 8;
/** Access byte in bits 0-7, AVL L D/B G in bits 12-15, as in a descriptor's second word from bit 8. */
export const ATTRIBUTES = 12;
/** First and last valid offset. */
export const LOW = 16;
export const HIGH = 20;
/** RIGHT_READ | RIGHT_WRITE. */
export const RIGHTS = 24;
export const RIGHT_READ = 1;
export const RIGHT_WRITE = 2;

export const ES = 0;
export const CS = 1;
export const SS = 2;
export const DS = 3;
export const FS = 4;
export const GS = 5;
export const LDTR = 6;
export const TR = 7;

/** CR0 to CR4. */
export const CONTROL = 0x300;
export const GDTR_BASE = 0x318;
export const GDTR_LIMIT = 0x31c;
export const IDTR_BASE = 0x320;
export const IDTR_LIMIT = 0x324;
/** The part of IA32_MISC_ENABLE that can be written. */
export const MISC_ENABLE = 0x328;
/** Kinds of breakpoint that are enabled; bits of DR6 that become a #DB at the next boundary. */
export const DEBUG_ARMED = 0x32c;
export const DEBUG_TRAPS = 0x330;
/** Not zero: the instruction that ran last has not ended (a repeated string instruction). */
export const UNFINISHED = 0x334;
/** DR0 to DR7. */
export const DEBUG = 0x340;

/** The floating-point unit: control word; status word without TOP; TOP; one bit for each physical register that is not empty. */
export const FPU_CONTROL = 0x360;
export const FPU_STATUS = 0x364;
export const FPU_TOP = 0x368;
export const FPU_VALID = 0x36c;
/** The last instruction that was not a control instruction: offset, selector (u16), opcode (u16, 11 bits). */
export const FPU_IP = 0x370;
export const FPU_CS = 0x374;
export const FPU_OPCODE = 0x376;
/** Its operand in memory: offset, selector (u16). */
export const FPU_DATA = 0x378;
export const FPU_DATA_SEGMENT = 0x37c;
/** u16, not zero: IGNNE#, until the pending exception is gone. */
export const FPU_IGNORE = 0x37e;
/** R0 to R7, 16 bytes each: significand (u64), then sign and exponent (u16). */
export const FPU_REGISTERS = 0x380;
/** XMM0 to XMM7. The MMX registers are the significands of R0 to R7. */
export const XMM_REGISTERS = 0x400;
/** SSE's control and status register. */
export const MXCSR = 0x480;
/** PAE: the four page-directory-pointer-table entries as CR3 was loaded with them (64 bits each). */
export const PDPTES = 0x4c0;
/** IA32_EFER. */
export const EFER = 0x4e0;
/** IA32_APIC_BASE's lower half; the upper one is 0. */
export const APIC_BASE = 0x4e4;
/** Page attribute table and memory type range registers, 64 bits each: they can be read back, nothing here is cached. */
export const PAT = 0x4e8;
export const MTRR_DEFAULT = 0x4f0;
/** For 64 KiB, twice 16 KiB, eight times 4 KiB. */
export const MTRR_FIXED = 0x500;
/** Base and mask, eight times. */
export const MTRR_VARIABLE = 0x560;
/** What a saved processor keeps ends here. */
export const STATE_END = 0x600;

/** An image that FRSTOR or FLDENV reads, until all of it has been read. */
export const FPU_IMAGE = 0x600;
/** Sixteen numbers of 32 bytes that the transcendental functions compute with. */
export const FPU_SCRATCH = 0x680;
/** The operand of a SIMD instruction from memory: 16 bytes; what it computes before it changes anything: 64. */
export const VECTOR_OPERAND = 0x880;
export const VECTOR_RESULT = 0x890;
/** An image that FXRSTOR reads, until all of it has been read. */
export const FX_IMAGE = 0xa00;

/** What the model (pc/cpu/models.ts) says; not part of the state. Bits of CR0, CR4 and EFLAGS that software can set. */
export const MODEL_CR0 = 0x1000;
export const MODEL_CR4 = 0x1004;
export const MODEL_FLAGS = 0x1008;
/** CPUID's feature words: leaf 1 EDX and ECX, leaf 80000001h EDX. */
export const MODEL_FEATURES = 0x100c;
export const MODEL_FEATURES_NEWER = 0x1010;
export const MODEL_FEATURES_EXTENDED = 0x1014;
/** How many leaves CPUID has, from 0 and from 80000000h on. */
export const MODEL_LEAVES = 0x1018;
export const MODEL_LEAVES_EXTENDED = 0x101c;
/** 0 to 4: 386, 486, Pentium, P6, Pentium 4. */
export const MODEL_LEVEL = 0x1020;
/** EAX EBX ECX EDX of each leaf, eight at most. */
export const MODEL_CPUID = 0x1040;
export const MODEL_CPUID_EXTENDED = 0x10c0;

export const MODE_CODE32 = 1;
/** SS: base 0, limit 4 GiB, writable, 32-bit. */
export const MODE_STACK_FLAT = 2;
export const MODE_DS_FLAT = 4;
export const MODE_ES_FLAT = 8;
export const MODE_V86 = 0x10;
/** Every offset of the linear page that EIP is in is inside the code segment: in-page jumps need no check and may be chained. */
export const MODE_IN_LIMIT = 0x20;
/** Blocks of one instruction: the end of a slice, single step, interrupt shadow. */
export const MODE_SINGLE = 0x40;
/** SS.B: ESP rather than SP. */
export const MODE_STACK32 = 0x80;

export const PENDING_INTERRUPT = 1;
export const PENDING_NMI = 2;

/** Where an event comes from: a line, INT n, or an instruction that faults. */
export const SOURCE_EXTERNAL = 0;
export const SOURCE_SOFTWARE = 1;
export const SOURCE_EXCEPTION = 2;

/** 4096-entry words filled since the last flush: linear page numbers. */
export const TLB_LIST = 0x1_0000;
export const TLB_LIST_ENTRIES = 0x4000;
/** Block heads by hash of host address and mode. */
export const HASH = 0x2_0000;
export const HASH_ENTRIES = 0x1_0000;
/** Bytes of an instruction that is not in RAM or ROM, or crosses a page. */
export const SCRATCH = 0x6_0000;
/** One word for each linear page: (host page - linear page) | permission bits; 0 is a miss. */
export const TLB = 0x40_0000;
export const READ_SUPERVISOR = 1;
export const READ_USER = 2;
export const WRITE_SUPERVISOR = 4;
export const WRITE_USER = 8;
/** Writable, but the page holds decoded code: a write must look at the code map. */
export const CODE_SUPERVISOR = 16;
export const CODE_USER = 32;
/** Permission to fetch: the read permission shifted by EXECUTE_SHIFT. */
export const EXECUTE_SUPERVISOR = 64;
export const EXECUTE_USER = 128;
export const EXECUTE_SHIFT = 6;
/** One word for each physical page: host page | PAGE_RAM or PAGE_ROM; 0 is memory-mapped I/O. */
export const PHYSICAL = 0x80_0000;
export const PAGE_RAM = 1;
export const PAGE_ROM = 2;
export const ARENA = 0xc0_0000;
export const ARENA_END = 0x200_0000;
export const HOST_BASE = 0x200_0000;

/** A block: this header, then its records. Offsets are from the first record. */
export const BLOCK_HEADER = 32;
export const BLOCK_HOST = -32;
export const BLOCK_MODE = -28;
export const BLOCK_NEXT = -24;
/** Next block of the same host page. */
export const BLOCK_PAGE_NEXT = -20;
/** Instructions. */
export const BLOCK_COUNT = -16;
/** Bytes of code. */
export const BLOCK_LENGTH = -12;
/** First byte after the last record. */
export const BLOCK_END = -8;
/** Host address of the second page when the block's one instruction crosses, else 0. */
export const BLOCK_SECOND = -4;

/** A micro-op. Operands are addresses in this memory: of a register, a temporary or the record's own IMMEDIATE. */
export const RECORD = 32;
/** u16 */
export const OP = 0;
/** u8: index of the instruction in its block. */
export const INDEX = 2;
/** u8: scale of an index register, condition, … */
export const MISC = 3;
export const DST = 4;
/** First source; base register of an address. */
export const A = 8;
/** Second source; index register of an address. */
export const B = 12;
/** Immediate, displacement, or distance of a jump from the start of the block. */
export const IMMEDIATE = 16;
/** Block that a taken jump leads to, when known. */
export const LINK = 20;
/** u16: offset of the instruction, and of the one after it, from the start of the block. */
export const START = 24;
export const AFTER = 26;
/** Block that follows when a conditional jump is not taken; for other micro-ops a second immediate. */
export const LINK_AFTER = 28;
export const EXTRA = 28;
