// What is where in memory while the loader runs. What the BIOS reads and writes lies below 1 MiB; kernels and their modules lie
// above it, so that nothing of the loader is in their way.
//
//     500h … 600h      what the BIOS is told and tells: packets of int 13h, entries of the memory map
//     600h … 7FFh      a master boot record that has moved here: its partition table
//     1000h … 7C00h    the stack, from its end down
//     7C00h … 7DFFh    the boot sector; that of `chainloader`, in its turn
//     8000h … 18000h   the loader, at most 64 KiB of code and data; variables behind it
//     20000h … 27FFFh  sectors on their way from a disk
//     28000h … 2FFFFh  a kernel's first 32 KiB, in which its header stands
//     30000h …         texts, tables, and what a kernel is handed over: see arena.ts

export const BIOS_PACKET: usize = 0x500;
export const PARTITION_TABLE: usize = 0x7be;
export const PARTITION_TABLE_END: usize = 0x7fe;
export const BOOT_SECTOR: usize = 0x7c00;
export const TRANSFER: usize = 0x20000;
export const TRANSFER_BYTES: u32 = 0x8000;
export const HEADER: usize = 0x28000;
export const HEADER_BYTES: u32 = 0x8000;
export const ARENA: usize = 0x30000;
export const ARENA_END: usize = 0x88000;
export const ONE_MEGABYTE: u32 = 0x100000;
