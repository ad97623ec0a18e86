// The floating-point instructions: the 387's, the P6's moves and comparisons with EFLAGS, FISTTP of SSE3.
// Source: Intel SDM, volume 2; AMD's Athlon optimisation guide, no. 22007, for FFREEP. The notation: notation.ts.
//
// Lines for the encoder only are what GNU as and NASM let a person leave out, or write though it is understood.
// A mnemonic without N waits for the unit first: GNU as writes `fstcw` as FWAIT, FNSTCW; those lines begin with 9B.

export const X87 = `
${arithmetic("add", 0, 0)}
${arithmetic("mul", 1, 1)}
${arithmetic("sub", 4, 5)}
${arithmetic("subr", 5, 4)}
${arithmetic("div", 6, 7)}
${arithmetic("divr", 7, 6)}
fcom      D8 /2     Md
fcom      DC /2     Mq
fcom      D8 /2     Ft
fcom      D8 /2     ST Ft       enc
fcom      D8 =D1    -           enc
fcomp     D8 /3     Md
fcomp     DC /3     Mq
fcomp     D8 /3     Ft
fcomp     D8 /3     ST Ft       enc
fcomp     D8 =D9    -           enc
fcompp    DE =D9    -
ficom     DE /2     Mw
ficom     DA /2     Md
ficomp    DE /3     Mw
ficomp    DA /3     Md
fucom     DD /4     Ft
fucom     DD /4     ST Ft       enc
fucom     DD =E1    -           enc
fucomp    DD /5     Ft
fucomp    DD /5     ST Ft       enc
fucomp    DD =E9    -           enc
fucompp   DA =E9    -
fcomi     DB /6     ST Ft       w=oszapc has:cmov
fucomi    DB /5     ST Ft       w=oszapc has:cmov
fcomip    DF /6     ST Ft       w=oszapc has:cmov
fucomip   DF /5     ST Ft       w=oszapc has:cmov
${comparisonWithFlags("fcomi", "DB", 6)}
${comparisonWithFlags("fucomi", "DB", 5)}
${comparisonWithFlags("fcomip", "DF", 6)}
${comparisonWithFlags("fucomip", "DF", 5)}
${movesWithoutTop()}
fcmovb    DA /0     ST Ft       t=c has:cmov
fcmove    DA /1     ST Ft       t=z has:cmov
fcmovbe   DA /2     ST Ft       t=zc has:cmov
fcmovu    DA /3     ST Ft       t=p has:cmov
fcmovnb   DB /0     ST Ft       t=c has:cmov
fcmovne   DB /1     ST Ft       t=z has:cmov
fcmovnbe  DB /2     ST Ft       t=zc has:cmov
fcmovnu   DB /3     ST Ft       t=p has:cmov
fld       D9 /0     Md
fld       DD /0     Mq
fld       DB /5     Mt
fld       D9 /0     Ft
fld       D9 =C1    -           enc
fst       D9 /2     Md
fst       DD /2     Mq
fst       DD /2     Ft
fstp      D9 /3     Md
fstp      DD /3     Mq
fstp      DB /7     Mt
fstp      DD /3     Ft
fild      DF /0     Mw
fild      DB /0     Md
fild      DF /5     Mq
fist      DF /2     Mw
fist      DB /2     Md
fistp     DF /3     Mw
fistp     DB /3     Md
fistp     DF /7     Mq
fisttp    DF /1     Mw       has:pni
fisttp    DB /1     Md       has:pni
fisttp    DD /1     Mq       has:pni
fbld      DF /4     Mt
fbstp     DF /6     Mt
fxch      D9 /1     Ft
fxch      D9 /1     ST Ft       enc
fxch      D9 /1     Ft ST       enc
fxch      D9 =C9    -           enc
ffree     DD /0     Ft
ffree     DD =C1    -           enc
ffreep    DF /0     Ft
fnop      D9 =D0    -
fchs      D9 =E0    -
fabs      D9 =E1    -
ftst      D9 =E4    -
fxam      D9 =E5    -
fld1      D9 =E8    -
fldl2t    D9 =E9    -
fldl2e    D9 =EA    -
fldpi     D9 =EB    -
fldlg2    D9 =EC    -
fldln2    D9 =ED    -
fldz      D9 =EE    -
f2xm1     D9 =F0    -
fyl2x     D9 =F1    -
fptan     D9 =F2    -
fpatan    D9 =F3    -
fxtract   D9 =F4    -
fprem1    D9 =F5    -
fdecstp   D9 =F6    -
fincstp   D9 =F7    -
fprem     D9 =F8    -
fyl2xp1   D9 =F9    -
fsqrt     D9 =FA    -
fsincos   D9 =FB    -
frndint   D9 =FC    -
fscale    D9 =FD    -
fsin      D9 =FE    -
fcos      D9 =FF    -
fneni     DB =E0    -
fndisi    DB =E1    -
fnclex    DB =E2    -
fninit    DB =E3    -
fnsetpm   DB =E4    -
frstpm    DB =E5    -
fldcw     D9 /5     Mw
fnstcw    D9 /7     Mw
fnstsw    DD /7     Mw
fnstsw    DF =E0    AX
fldenv    D9 /4     M           sized
fnstenv   D9 /6     M           sized
frstor    DD /4     M           sized
fnsave    DD /6     M           sized
feni      9B DB =E0 -           enc
fdisi     9B DB =E1 -           enc
fclex     9B DB =E2 -           enc
finit     9B DB =E3 -           enc
fsetpm    9B DB =E4 -           enc
fstcw     9B D9 /7  Mw          enc
fstsw     9B DD /7  Mw          enc
fstsw     9B DF =E0 AX          enc
fstenv    9B D9 /6  M           sized enc
fsave     9B DD /6  M           sized enc
fnstsw    DF =E0    -           enc
fstsw     9B DF =E0 -           enc
esc       D9 /r     En          dec
esc       DA /r     En          dec
esc       DB /r     En          dec
esc       DC /r     En          dec
esc       DD /r     En          dec
esc       DE /r     En          dec
esc       DF /r     En          dec
`;

/** Memory and register forms of an operation; with ST(i) as destination, SUB and SUBR, DIV and DIVR change places. */
function arithmetic(name: string, digit: number, swapped: number): string {
  return `
f${name}  D8 /${digit}   Md
f${name}  DC /${digit}   Mq
f${name}  D8 /${digit}   ST Ft
f${name}  DC /${swapped} Ft ST
f${name}  D8 /${digit}   Ft     enc
f${name}p DE /${swapped} Ft ST
f${name}p DE /${swapped} Ft     enc
f${name}  DE =${(0xc1 + swapped * 8).toString(16).toUpperCase()} - enc
f${name}p DE =${(0xc1 + swapped * 8).toString(16).toUpperCase()} - enc
fi${name} DE /${digit}   Mw
fi${name} DA /${digit}   Md`;
}

/** NASM lets the destination of a conditional move be understood. */
function movesWithoutTop(): string {
  const conditions = ["b", "e", "be", "u"];
  const line = (name: string, opcode: string, digit: number) => `fcmov${name} ${opcode} /${digit} Ft has:cmov enc`;
  return [
    ...conditions.map((name, digit) => line(name, "DA", digit)),
    ...conditions.map((name, digit) => line(`n${name}`, "DB", digit)),
  ].join("\n");
}

/** With ST left out, and with both left out: ST(1) is meant. */
function comparisonWithFlags(name: string, opcode: string, digit: number): string {
  return `
${name} ${opcode} /${digit} Ft enc
${name} ${opcode} =${(0xc1 + digit * 8).toString(16).toUpperCase()} - enc`;
}
