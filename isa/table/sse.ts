// SSE: four floats, or one, in an XMM register; what it added to MMX; prefetching and store order.
// Source: Intel SDM, volume 2. The notation: notation.ts.

import { comparisons } from "./notation.ts";

/** What SSE added to MMX, and SSE2 widened to 128 bits (66 before it). */
export const PACKED_INTEGER_SSE: readonly (readonly [mnemonic: string, opcode: string])[] = [
  ["pavgb", "E0"],
  ["pavgw", "E3"],
  ["pmaxsw", "EE"],
  ["pmaxub", "DE"],
  ["pminsw", "EA"],
  ["pminub", "DA"],
  ["pmulhuw", "E4"],
  ["psadbw", "F6"],
];

export const SSE = `
movups    0F 10 /r  Vo Wo       np
movups    0F 11 /r  Wo Vo       np
movss     0F 10 /r  Vd Wd       f3
movss     0F 11 /r  Wd Vd       f3
movhlps   0F 12 /r  Vq Uq       np
movlps    0F 12 /r  Vq Mq       np
movlps    0F 13 /r  Mq Vq       np
unpcklps  0F 14 /r  Vo Wo       np
unpckhps  0F 15 /r  Vo Wo       np
movlhps   0F 16 /r  Vq Uq       np
movhps    0F 16 /r  Vq Mq       np
movhps    0F 17 /r  Mq Vq       np
movaps    0F 28 /r  Vo Wo       np
movaps    0F 29 /r  Wo Vo       np
cvtpi2ps  0F 2A /r  Vq Qq       np
cvtsi2ss  0F 2A /r  Vd Ed       f3
movntps   0F 2B /r  Mo Vo       np
cvttps2pi 0F 2C /r  Pq Wq       np
cvttss2si 0F 2C /r  Gd Wd       f3
cvtps2pi  0F 2D /r  Pq Wq       np
cvtss2si  0F 2D /r  Gd Wd       f3
ucomiss   0F 2E /r  Vd Wd       np w=oszapc
comiss    0F 2F /r  Vd Wd       np w=oszapc
movmskps  0F 50 /r  Gd Uo       np
${packedAndScalar("sqrt", "51")}
${packedAndScalar("rsqrt", "52")}
${packedAndScalar("rcp", "53")}
andps     0F 54 /r  Vo Wo       np
andnps    0F 55 /r  Vo Wo       np
orps      0F 56 /r  Vo Wo       np
xorps     0F 57 /r  Vo Wo       np
${packedAndScalar("add", "58")}
${packedAndScalar("mul", "59")}
${packedAndScalar("sub", "5C")}
${packedAndScalar("min", "5D")}
${packedAndScalar("div", "5E")}
${packedAndScalar("max", "5F")}
cmpps     0F C2 /r  Vo Wo Ib    np
cmpss     0F C2 /r  Vd Wd Ib    f3
${comparisons("ps", "Vo Wo", "np")}
${comparisons("ss", "Vd Wd", "f3")}
shufps    0F C6 /r  Vo Wo Ib    np
${PACKED_INTEGER_SSE.map(([mnemonic, opcode]) => `${mnemonic} 0F ${opcode} /r Pq Qq np`).join("\n")}
pshufw    0F 70 /r  Pq Qq Ib    np
pinsrw    0F C4 /r  Pq Rd Ib    np
pinsrw    0F C4 /r  Pq Mw Ib    np
pextrw    0F C5 /r  Gd Nq Ib    np
pmovmskb  0F D7 /r  Gd Nq       np
maskmovq  0F F7 /r  Pq Nq       np
movntq    0F E7 /r  Mq Pq       np
fxsave    0F AE /0  M           np has:fxsr
fxrstor   0F AE /1  M           np has:fxsr
ldmxcsr   0F AE /2  Md          np
stmxcsr   0F AE /3  Md          np
sfence    0F AE =F8 -           np
prefetchnta 0F 18 /0 Mb         p6
prefetcht0 0F 18 /1 Mb         p6
prefetcht1 0F 18 /2 Mb         p6
prefetcht2 0F 18 /3 Mb         p6
`;

function packedAndScalar(name: string, opcode: string): string {
  return `
${name}ps 0F ${opcode} /r Vo Wo np
${name}ss 0F ${opcode} /r Vd Wd f3`;
}
