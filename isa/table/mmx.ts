// MMX and 3DNow!: integers and floats packed into 64 bits.
// Source: Intel SDM, volume 2; AMD, 3DNow! Technology Manual, no. 21928, and its extensions, no. 22466. The notation: notation.ts.

/** Operations on packed integers that MMX has in 64 bits and SSE2 (same opcode, 66 before it) in 128. */
export const PACKED_INTEGER: readonly (readonly [mnemonic: string, opcode: string])[] = [
  ["packsswb", "63"],
  ["packssdw", "6B"],
  ["packuswb", "67"],
  ["paddb", "FC"],
  ["paddw", "FD"],
  ["paddd", "FE"],
  ["paddsb", "EC"],
  ["paddsw", "ED"],
  ["paddusb", "DC"],
  ["paddusw", "DD"],
  ["pand", "DB"],
  ["pandn", "DF"],
  ["pcmpeqb", "74"],
  ["pcmpeqw", "75"],
  ["pcmpeqd", "76"],
  ["pcmpgtb", "64"],
  ["pcmpgtw", "65"],
  ["pcmpgtd", "66"],
  ["pmaddwd", "F5"],
  ["pmulhw", "E5"],
  ["pmullw", "D5"],
  ["por", "EB"],
  ["psllw", "F1"],
  ["pslld", "F2"],
  ["psllq", "F3"],
  ["psraw", "E1"],
  ["psrad", "E2"],
  ["psrlw", "D1"],
  ["psrld", "D2"],
  ["psrlq", "D3"],
  ["psubb", "F8"],
  ["psubw", "F9"],
  ["psubd", "FA"],
  ["psubsb", "E8"],
  ["psubsw", "E9"],
  ["psubusb", "D8"],
  ["psubusw", "D9"],
  ["punpckhbw", "68"],
  ["punpckhwd", "69"],
  ["punpckhdq", "6A"],
  ["pxor", "EF"],
];

/** Shifts by an immediate, with the same two lives: opcode and ModRM.reg. */
export const PACKED_SHIFT: readonly (readonly [mnemonic: string, opcode: string])[] = [
  ["psrlw", "71 /2"],
  ["psraw", "71 /4"],
  ["psllw", "71 /6"],
  ["psrld", "72 /2"],
  ["psrad", "72 /4"],
  ["pslld", "72 /6"],
  ["psrlq", "73 /2"],
  ["psllq", "73 /6"],
];

export const MMX = `
emms      0F 77     -           np
movd      0F 6E /r  Pd Ed       np
movd      0F 7E /r  Ed Pd       np
movq      0F 6F /r  Pq Qq       np
movq      0F 7F /r  Qq Pq       np
punpcklbw 0F 60 /r  Pq Qd       np
punpcklwd 0F 61 /r  Pq Qd       np
punpckldq 0F 62 /r  Pq Qd       np
${PACKED_INTEGER.map(([mnemonic, opcode]) => `${mnemonic} 0F ${opcode} /r Pq Qq np`).join("\n")}
${PACKED_SHIFT.map(([mnemonic, opcode]) => `${mnemonic} 0F ${opcode} Nq Ib np`).join("\n")}
`;

export const NOW = `
femms     0F 0E        -
prefetch  0F 0D /0     Mb
prefetchw 0F 0D /1     Mb
prefetchwt1 0F 0D /2   Mb           dec
${["/3", "/4", "/5", "/6", "/7"].map((digit) => `prefetch 0F 0D ${digit} Mb dec`).join("\n")}
pi2fw     0F 0F /r 0C  Pq Qq     has:3dnowext
pi2fd     0F 0F /r 0D  Pq Qq
pf2iw     0F 0F /r 1C  Pq Qq     has:3dnowext
pf2id     0F 0F /r 1D  Pq Qq
pfnacc    0F 0F /r 8A  Pq Qq     has:3dnowext
pfpnacc   0F 0F /r 8E  Pq Qq     has:3dnowext
pfcmpge   0F 0F /r 90  Pq Qq
pfmin     0F 0F /r 94  Pq Qq
pfrcp     0F 0F /r 96  Pq Qq
pfrsqrt   0F 0F /r 97  Pq Qq
pfsub     0F 0F /r 9A  Pq Qq
pfadd     0F 0F /r 9E  Pq Qq
pfcmpgt   0F 0F /r A0  Pq Qq
pfmax     0F 0F /r A4  Pq Qq
pfrcpit1  0F 0F /r A6  Pq Qq
pfrsqit1  0F 0F /r A7  Pq Qq
pfsubr    0F 0F /r AA  Pq Qq
pfacc     0F 0F /r AE  Pq Qq
pfcmpeq   0F 0F /r B0  Pq Qq
pfmul     0F 0F /r B4  Pq Qq
pfrcpit2  0F 0F /r B6  Pq Qq
pmulhrw   0F 0F /r B7  Pq Qq
pswapd    0F 0F /r BB  Pq Qq     has:3dnowext
pavgusb   0F 0F /r BF  Pq Qq
`;
