// SSE3, SSSE3, SSE4.1 and SSE4.2: horizontal arithmetic, byte shuffles, blends, dot products, rounding, string comparisons.
// Source: Intel SDM, volume 2. The notation: notation.ts.

export const SSE3 = `
addsubpd  0F D0 /r  Vo Wo       66
addsubps  0F D0 /r  Vo Wo       f2
haddpd    0F 7C /r  Vo Wo       66
haddps    0F 7C /r  Vo Wo       f2
hsubpd    0F 7D /r  Vo Wo       66
hsubps    0F 7D /r  Vo Wo       f2
lddqu     0F F0 /r  Vo M        f2
movddup   0F 12 /r  Vo Wq       f2
movsldup  0F 12 /r  Vo Wo       f3
movshdup  0F 16 /r  Vo Wo       f3
`;

/** Operations of SSSE3, on MMX and XMM registers alike. */
const PACKED_BYTES: readonly (readonly [mnemonic: string, opcode: string])[] = [
  ["pshufb", "00"],
  ["phaddw", "01"],
  ["phaddd", "02"],
  ["phaddsw", "03"],
  ["pmaddubsw", "04"],
  ["phsubw", "05"],
  ["phsubd", "06"],
  ["phsubsw", "07"],
  ["psignb", "08"],
  ["psignw", "09"],
  ["psignd", "0A"],
  ["pmulhrsw", "0B"],
  ["pabsb", "1C"],
  ["pabsw", "1D"],
  ["pabsd", "1E"],
];

export const SSSE3 = `
${PACKED_BYTES.map(([name, opcode]) => `${name} 0F 38 ${opcode} /r Pq Qq np\n${name} 0F 38 ${opcode} /r Vo Wo 66`).join("\n")}
palignr   0F 3A 0F /r Pq Qq Ib  np
palignr   0F 3A 0F /r Vo Wo Ib  66
`;

/** PMOVSXBW and its like: what comes after PMOVSX or PMOVZX, the opcode's low digit, the source. */
const EXTENSIONS: readonly (readonly [suffix: string, digit: number, source: string])[] = [
  ["bw", 0, "Wq"],
  ["bd", 1, "Wd"],
  ["bq", 2, "Ww"],
  ["wd", 3, "Wq"],
  ["wq", 4, "Wd"],
  ["dq", 5, "Wq"],
];

export const SSE4_1 = `
pblendvb  0F 38 10 /r Vo Wo XMM0 66
blendvps  0F 38 14 /r Vo Wo XMM0 66
blendvpd  0F 38 15 /r Vo Wo XMM0 66
pblendvb  0F 38 10 /r Vo Wo     66 enc
blendvps  0F 38 14 /r Vo Wo     66 enc
blendvpd  0F 38 15 /r Vo Wo     66 enc
ptest     0F 38 17 /r Vo Wo     66 w=oszapc
${EXTENSIONS.map(([suffix, digit, source]) => `pmovsx${suffix} 0F 38 2${digit} /r Vo ${source} 66`).join("\n")}
pmuldq    0F 38 28 /r Vo Wo     66
pcmpeqq   0F 38 29 /r Vo Wo     66
movntdqa  0F 38 2A /r Vo Mo     66
packusdw  0F 38 2B /r Vo Wo     66
${EXTENSIONS.map(([suffix, digit, source]) => `pmovzx${suffix} 0F 38 3${digit} /r Vo ${source} 66`).join("\n")}
pminsb    0F 38 38 /r Vo Wo     66
pminsd    0F 38 39 /r Vo Wo     66
pminuw    0F 38 3A /r Vo Wo     66
pminud    0F 38 3B /r Vo Wo     66
pmaxsb    0F 38 3C /r Vo Wo     66
pmaxsd    0F 38 3D /r Vo Wo     66
pmaxuw    0F 38 3E /r Vo Wo     66
pmaxud    0F 38 3F /r Vo Wo     66
pmulld    0F 38 40 /r Vo Wo     66
phminposuw 0F 38 41 /r Vo Wo    66
roundps   0F 3A 08 /r Vo Wo Ib  66
roundpd   0F 3A 09 /r Vo Wo Ib  66
roundss   0F 3A 0A /r Vd Wd Ib  66
roundsd   0F 3A 0B /r Vq Wq Ib  66
blendps   0F 3A 0C /r Vo Wo Ib  66
blendpd   0F 3A 0D /r Vo Wo Ib  66
pblendw   0F 3A 0E /r Vo Wo Ib  66
pextrb    0F 3A 14 /r Rd Vo Ib  66
pextrb    0F 3A 14 /r Mb Vo Ib  66
pextrw    0F 3A 15 /r Rd Vo Ib  66 dec
pextrw    0F 3A 15 /r Mw Vo Ib  66
pextrd    0F 3A 16 /r Ed Vo Ib  66
extractps 0F 3A 17 /r Ed Vo Ib  66
pinsrb    0F 3A 20 /r Vo Rd Ib  66
pinsrb    0F 3A 20 /r Vo Mb Ib  66
insertps  0F 3A 21 /r Vo Wd Ib  66
pinsrd    0F 3A 22 /r Vo Ed Ib  66
dpps      0F 3A 40 /r Vo Wo Ib  66
dppd      0F 3A 41 /r Vo Wo Ib  66
mpsadbw   0F 3A 42 /r Vo Wo Ib  66
`;

export const SSE4_2 = `
pcmpgtq   0F 38 37 /r Vo Wo     66
pcmpestrm 0F 3A 60 /r Vo Wo Ib  66 w=oszapc
pcmpestri 0F 3A 61 /r Vo Wo Ib  66 w=oszapc
pcmpistrm 0F 3A 62 /r Vo Wo Ib  66 w=oszapc
pcmpistri 0F 3A 63 /r Vo Wo Ib  66 w=oszapc
crc32     0F 38 F0 /r Gd Eb     f2
crc32     0F 38 F1 /r Gd Ev     f2
`;
