// SSE2: two doubles, or one, in an XMM register; 128-bit integers; fences and stores past the cache.
// Source: Intel SDM, volume 2. The notation: notation.ts.

import { PACKED_INTEGER, PACKED_SHIFT } from "./mmx.ts";
import { comparisons, hex } from "./notation.ts";
import { PACKED_INTEGER_SSE } from "./sse.ts";

export const SSE2 = `
movupd    0F 10 /r  Vo Wo       66
movupd    0F 11 /r  Wo Vo       66
movsd     0F 10 /r  Vq Wq       f2
movsd     0F 11 /r  Wq Vq       f2
movlpd    0F 12 /r  Vq Mq       66
movlpd    0F 13 /r  Mq Vq       66
unpcklpd  0F 14 /r  Vo Wo       66
unpckhpd  0F 15 /r  Vo Wo       66
movhpd    0F 16 /r  Vq Mq       66
movhpd    0F 17 /r  Mq Vq       66
movapd    0F 28 /r  Vo Wo       66
movapd    0F 29 /r  Wo Vo       66
cvtpi2pd  0F 2A /r  Vo Qq       66
cvtsi2sd  0F 2A /r  Vq Ed       f2
movntpd   0F 2B /r  Mo Vo       66
cvttpd2pi 0F 2C /r  Pq Wo       66
cvttsd2si 0F 2C /r  Gd Wq       f2
cvtpd2pi  0F 2D /r  Pq Wo       66
cvtsd2si  0F 2D /r  Gd Wq       f2
ucomisd   0F 2E /r  Vq Wq       66 w=oszapc
comisd    0F 2F /r  Vq Wq       66 w=oszapc
movmskpd  0F 50 /r  Gd Uo       66
${packedAndScalar("sqrt", "51")}
andpd     0F 54 /r  Vo Wo       66
andnpd    0F 55 /r  Vo Wo       66
orpd      0F 56 /r  Vo Wo       66
xorpd     0F 57 /r  Vo Wo       66
${packedAndScalar("add", "58")}
${packedAndScalar("mul", "59")}
cvtps2pd  0F 5A /r  Vo Wq       np
cvtpd2ps  0F 5A /r  Vo Wo       66
cvtss2sd  0F 5A /r  Vq Wd       f3
cvtsd2ss  0F 5A /r  Vd Wq       f2
cvtdq2ps  0F 5B /r  Vo Wo       np
cvtps2dq  0F 5B /r  Vo Wo       66
cvttps2dq 0F 5B /r  Vo Wo       f3
${packedAndScalar("sub", "5C")}
${packedAndScalar("min", "5D")}
${packedAndScalar("div", "5E")}
${packedAndScalar("max", "5F")}
cmppd     0F C2 /r  Vo Wo Ib    66
cmpsd     0F C2 /r  Vq Wq Ib    f2
${comparisons("pd", "Vo Wo", "66")}
${comparisons("sd", "Vq Wq", "f2")}
shufpd    0F C6 /r  Vo Wo Ib    66
cvttpd2dq 0F E6 /r  Vo Wo       66
cvtdq2pd  0F E6 /r  Vo Wq       f3
cvtpd2dq  0F E6 /r  Vo Wo       f2
movd      0F 6E /r  Vd Ed       66
movd      0F 7E /r  Ed Vd       66
movq      0F 7E /r  Vq Wq       f3
movq      0F D6 /r  Wq Vq       66
movdqa    0F 6F /r  Vo Wo       66
movdqa    0F 7F /r  Wo Vo       66
movdqu    0F 6F /r  Vo Wo       f3
movdqu    0F 7F /r  Wo Vo       f3
movq2dq   0F D6 /r  Vo Nq       f3
movdq2q   0F D6 /r  Pq Uo       f2
movntdq   0F E7 /r  Mo Vo       66
movnti    0F C3 /r  Md Gd       np
maskmovdqu 0F F7 /r Vo Uo       66
pshufd    0F 70 /r  Vo Wo Ib    66
pshufhw   0F 70 /r  Vo Wo Ib    f3
pshuflw   0F 70 /r  Vo Wo Ib    f2
punpcklbw 0F 60 /r  Vo Wo       66
punpcklwd 0F 61 /r  Vo Wo       66
punpckldq 0F 62 /r  Vo Wo       66
punpcklqdq 0F 6C /r Vo Wo       66
punpckhqdq 0F 6D /r Vo Wo       66
${[...PACKED_INTEGER, ...PACKED_INTEGER_SSE].map(([mnemonic, opcode]) => `${mnemonic} 0F ${opcode} /r Vo Wo 66`).join("\n")}
${PACKED_SHIFT.map(([mnemonic, opcode]) => `${mnemonic} 0F ${opcode} Uo Ib 66`).join("\n")}
psrldq    0F 73 /3  Uo Ib       66
pslldq    0F 73 /7  Uo Ib       66
paddq     0F D4 /r  Pq Qq       np
paddq     0F D4 /r  Vo Wo       66
psubq     0F FB /r  Pq Qq       np
psubq     0F FB /r  Vo Wo       66
pmuludq   0F F4 /r  Pq Qq       np
pmuludq   0F F4 /r  Vo Wo       66
pinsrw    0F C4 /r  Vo Rd Ib    66
pinsrw    0F C4 /r  Vo Mw Ib    66
pextrw    0F C5 /r  Gd Uo Ib    66
pmovmskb  0F D7 /r  Gd Uo       66
clflush   0F AE /7  Mb          np has:clflush
lfence    0F AE =E8 -           np
mfence    0F AE =F0 -           np
${otherFences("lfence", 0xe9)}
${otherFences("mfence", 0xf1)}
${otherFences("sfence", 0xf9)}
`;

/** A fence may have any register in ModRM.rm; assemblers write register 0. */
function otherFences(name: string, first: number): string {
  return [0, 1, 2, 3, 4, 5, 6].map((i) => `${name} 0F AE =${hex(first + i)} - np dec`).join("\n");
}

function packedAndScalar(name: string, opcode: string): string {
  return `
${name}pd 0F ${opcode} /r Vo Wo 66
${name}sd 0F ${opcode} /r Vq Wq f2`;
}
