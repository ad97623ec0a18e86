// Integer and system instructions: the 386's, and what the 486, Pentium, P6 and Pentium 4 added to them.
// Source: Intel SDM, volume 2. The notation: notation.ts.

import { CONDITION_TESTS, CONDITIONS, hex } from "./notation.ts";

export const INTEGER = `
${arithmetic("add", 0, "w=oszapc")}
${arithmetic("or", 1, "w=oszpc u=a")}
${arithmetic("adc", 2, "t=c w=oszapc")}
${arithmetic("sbb", 3, "t=c w=oszapc")}
${arithmetic("and", 4, "w=oszpc u=a")}
${arithmetic("sub", 5, "w=oszapc")}
${arithmetic("xor", 6, "w=oszpc u=a")}
${arithmetic("cmp", 7, "w=oszapc").replaceAll("lock", "")}
test      84 /r     Eb Gb       w=oszpc u=a
test      85 /r     Ev Gv       w=oszpc u=a
test      84 /r     Gb Eb       w=oszpc u=a enc
test      85 /r     Gv Ev       w=oszpc u=a enc
test      A8        AL Ib       w=oszpc u=a
test      A9        eAX Iz      w=oszpc u=a
test      F6 /0     Eb Ib       w=oszpc u=a
test      F7 /0     Ev Iz       w=oszpc u=a
test      F6 /1     Eb Ib       w=oszpc u=a dec
test      F7 /1     Ev Iz       w=oszpc u=a dec
inc       40 +r     Zv          w=oszap
dec       48 +r     Zv          w=oszap
inc       FE /0     Eb          w=oszap lock
dec       FE /1     Eb          w=oszap lock
inc       FF /0     Ev          w=oszap lock
dec       FF /1     Ev          w=oszap lock
not       F6 /2     Eb          lock
not       F7 /2     Ev          lock
neg       F6 /3     Eb          w=oszapc lock
neg       F7 /3     Ev          w=oszapc lock
mul       F6 /4     Eb          w=oc u=szap
mul       F7 /4     Ev          w=oc u=szap
imul      F6 /5     Eb          w=oc u=szap
imul      F7 /5     Ev          w=oc u=szap
imul      0F AF /r  Gv Ev       w=oc u=szap
imul      6B /r     Gv Ev Is    w=oc u=szap
imul      69 /r     Gv Ev Iz    w=oc u=szap
div       F6 /6     Eb          u=oszapc
div       F7 /6     Ev          u=oszapc
idiv      F6 /7     Eb          u=oszapc
idiv      F7 /7     Ev          u=oszapc
daa       27        -           t=ac w=szapc u=o
das       2F        -           t=ac w=szapc u=o
aaa       37        -           t=a w=ac u=oszp
aas       3F        -           t=a w=ac u=oszp
aam       D4        Ib          w=szp u=oac
aad       D5        Ib          w=szp u=oac
${shift("rol", 0, "w=oc")}
${shift("ror", 1, "w=oc")}
${shift("rcl", 2, "t=c w=oc")}
${shift("rcr", 3, "t=c w=oc")}
${shift("shl", 4, "w=oszpc u=a")}
${shift("shr", 5, "w=oszpc u=a")}
${shift("shl", 6, "w=oszpc u=a dec")}
${shift("sar", 7, "w=oszpc u=a")}
shld      0F A4 /r  Ev Gv Ib    w=oszpc u=a
shld      0F A5 /r  Ev Gv CL    w=oszpc u=a
shrd      0F AC /r  Ev Gv Ib    w=oszpc u=a
shrd      0F AD /r  Ev Gv CL    w=oszpc u=a
bt        0F A3 /r  Ev Gv       w=c u=osap
bts       0F AB /r  Ev Gv       w=c u=osap lock
btr       0F B3 /r  Ev Gv       w=c u=osap lock
btc       0F BB /r  Ev Gv       w=c u=osap lock
bt        0F BA /4  Ev Ib       w=c u=osap
bts       0F BA /5  Ev Ib       w=c u=osap lock
btr       0F BA /6  Ev Ib       w=c u=osap lock
btc       0F BA /7  Ev Ib       w=c u=osap lock
bsf       0F BC /r  Gv Ev       w=z u=osapc
bsr       0F BD /r  Gv Ev       w=z u=osapc
tzcnt     0F BC /r  Gv Ev       f3 w=zc u=osap p4 enc
lzcnt     0F BD /r  Gv Ev       f3 w=zc u=osap p4 enc
popcnt    0F B8 /r  Gv Ev       f3 w=oszapc has:popcnt
mov       88 /r     Eb Gb
mov       89 /r     Ev Gv
mov       8A /r     Gb Eb
mov       8B /r     Gv Ev
mov       A0        AL Ob
mov       A1        eAX Ov
mov       A2        Ob AL
mov       A3        Ov eAX
mov       B0 +r     Zb Ib
mov       B8 +r     Zv Iz
mov       C6 /0     Eb Ib
mov       C7 /0     Ev Iz
mov       8C /r     Mw Sw
mov       8C /r     Rv Sw
mov       8E /r     Sw Ew
mov       8E /r     Sw Rv       enc
mov       0F 20 /r  Rd Cd       cpl0
mov       0F 22 /r  Cd Rd       cpl0
mov       0F 21 /r  Rd Dd       cpl0
mov       0F 23 /r  Dd Rd       cpl0
movzx     0F B6 /r  Gv Eb
movzx     0F B7 /r  Gv Ew
movsx     0F BE /r  Gv Eb
movsx     0F BF /r  Gv Ew
lea       8D /r     Gv M
xchg      90 +r     Zv eAX
xchg      90 +r     eAX Zv      enc
xchg      86 /r     Eb Gb       lock
xchg      87 /r     Ev Gv       lock
xchg      86 /r     Gb Eb       enc
xchg      87 /r     Gv Ev       enc
nop       90        -           enc
pause     90        -           f3
push      50 +r     Zv
pop       58 +r     Zv
push      6A        Is          sized
push      68        Iz
push      FF /6     Ev
pop       8F /0     Ev
push      06        ES          sized
push      0E        CS          sized
push      16        SS          sized
push      1E        DS          sized
push      0F A0     FS          sized
push      0F A8     GS          sized
pop       07        ES          sized
pop       17        SS          sized
pop       1F        DS          sized
pop       0F A1     FS          sized
pop       0F A9     GS          sized
pusha     60        -           o16
pushad    60        -           o32
popa      61        -           o16
popad     61        -           o32
pushf     9C        -           o16 t=oditszapc
pushfd    9C        -           o32 t=oditszapc
popf      9D        -           o16 w=oditszapc
popfd     9D        -           o32 w=oditszapc
lahf      9F        -           t=szapc
sahf      9E        -           w=szapc
cbw       98        -           o16
cwde      98        -           o32
cwd       99        -           o16
cdq       99        -           o32
xlat      D7        Bb
salc      D6        -           t=c
les       C4 /r     Gv Mp
lds       C5 /r     Gv Mp
lss       0F B2 /r  Gv Mp
lfs       0F B4 /r  Gv Mp
lgs       0F B5 /r  Gv Mp
movsb     A4        Yb Xb       t=d rep
movsw     A5        Yv Xv       t=d rep o16
movsd     A5        Yv Xv       t=d rep o32
cmpsb     A6        Xb Yb       t=d w=oszapc repz
cmpsw     A7        Xv Yv       t=d w=oszapc repz o16
cmpsd     A7        Xv Yv       t=d w=oszapc repz o32
stosb     AA        Yb AL       t=d rep
stosw     AB        Yv eAX      t=d rep o16
stosd     AB        Yv eAX      t=d rep o32
lodsb     AC        AL Xb       t=d rep
lodsw     AD        eAX Xv      t=d rep o16
lodsd     AD        eAX Xv      t=d rep o32
scasb     AE        AL Yb       t=d w=oszapc repz
scasw     AF        eAX Yv      t=d w=oszapc repz o16
scasd     AF        eAX Yv      t=d w=oszapc repz o32
insb      6C        Yb DX       t=d rep iopl
insw      6D        Yv DX       t=d rep iopl o16
insd      6D        Yv DX       t=d rep iopl o32
outsb     6E        DX Xb       t=d rep iopl
outsw     6F        DX Xv       t=d rep iopl o16
outsd     6F        DX Xv       t=d rep iopl o32
in        E4        AL Ib       iopl
in        E5        eAX Ib      iopl
in        EC        AL DX       iopl
in        ED        eAX DX      iopl
out       E6        Ib AL       iopl
out       E7        Ib eAX      iopl
out       EE        DX AL       iopl
out       EF        DX eAX      iopl
${conditional("j", "70", "Jb")}
${conditional("j", "0F 80", "Jz")}
${conditional("set", "0F 90 /r", "Eb")}
${conditional("cmov", "0F 40 /r", "Gv Ev", "has:cmov")}
jmp       EB        Jb          sized
jmp       E9        Jz
jmp       FF /4     Ev
jmpf      EA        Ap
jmpf      FF /5     Mp
call      E8        Jz
call      FF /2     Ev
callf     9A        Ap
callf     FF /3     Mp
ret       C3        -           sized
ret       C2        Iw          sized
retf      CB        -           sized
retf      CA        Iw          sized
iret      CF        -           o16 w=oditszapc
iretd     CF        -           o32 w=oditszapc
int3      CC        -
int       CD        Ib
into      CE        -           t=o
int1      F1        -
bound     62 /r     Gv Ma
loopne    E0        Jb          t=z sized
loope     E1        Jb          t=z sized
loop      E2        Jb          sized
jcxz      E3        Jb          a16 sized
jecxz     E3        Jb          a32 sized
enter     C8        Iw Ib       sized
leave     C9        -           sized
clc       F8        -           w=c
stc       F9        -           w=c
cmc       F5        -           t=c w=c
cld       FC        -           w=d
std       FD        -           w=d
cli       FA        -           w=i iopl
sti       FB        -           w=i iopl
hlt       F4        -           cpl0
wait      9B        -
arpl      63 /r     Ew Gw       w=z prot
lar       0F 02 /r  Gv Ev       w=z prot
lsl       0F 03 /r  Gv Ev       w=z prot
lar       0F 02 /r  Gv Ew       w=z prot enc
lsl       0F 03 /r  Gv Ew       w=z prot enc
verr      0F 00 /4  Ew          w=z prot
verw      0F 00 /5  Ew          w=z prot
sldt      0F 00 /0  Mw          prot
sldt      0F 00 /0  Rv          prot
str       0F 00 /1  Mw          prot
str       0F 00 /1  Rv          prot
lldt      0F 00 /2  Ew          prot cpl0
ltr       0F 00 /3  Ew          prot cpl0
sgdt      0F 01 /0  Ms          sized
sidt      0F 01 /1  Ms          sized
lgdt      0F 01 /2  Ms          cpl0 sized
lidt      0F 01 /3  Ms          cpl0 sized
smsw      0F 01 /4  Mw
smsw      0F 01 /4  Rv
lmsw      0F 01 /6  Ew          cpl0
clts      0F 06     -           cpl0
invlpg    0F 01 /7  Mb          cpl0 486
invd      0F 08     -           cpl0 486
wbinvd    0F 09     -           cpl0 486
bswap     0F C8 +r  Zd          o32 486
bswap     0F C8 +r  Zd          o16 486 dec
xadd      0F C0 /r  Eb Gb       w=oszapc lock 486
xadd      0F C1 /r  Ev Gv       w=oszapc lock 486
cmpxchg   0F B0 /r  Eb Gb       w=oszapc lock 486
cmpxchg   0F B1 /r  Ev Gv       w=oszapc lock 486
cmpxchg8b 0F C7 /1  Mq          w=z lock has:cx8
rdtsc     0F 31     -           has:tsc
rdmsr     0F 32     -           cpl0 has:msr
wrmsr     0F 30     -           cpl0 has:msr
cpuid     0F A2     -           has:cpuid
rdpmc     0F 33     -           p6
ud2       0F 0B     -           p6
nop       0F 1F /0  Ev          p6
sysenter  0F 34     -           prot has:sep
sysexit   0F 35     -           cpl0 prot has:sep
syscall   0F 05     -           has:syscall
sysret    0F 07     -           cpl0 prot has:syscall
ud0       0F FF /r  Gv Ev       p4
ud1       0F B9 /r  Gv Ev       p4
rsm       0F AA     -           w=oditszapc pentium
monitor   0F 01 =C8 -           np cpl0 has:monitor
mwait     0F 01 =C9 -           np cpl0 has:monitor
endbr64   0F 1E =FA -           f3 p6
endbr32   0F 1E =FB -           f3 p6
${hintSpace()}
`;

/** The eight-way ALU group: opcode base 8·n, and the immediate forms in group 1. */
function arithmetic(mnemonic: string, n: number, flags: string): string {
  const base = (offset: number) => hex(n * 8 + offset);
  return `
${mnemonic} ${base(0)} /r Eb Gb ${flags} lock
${mnemonic} ${base(1)} /r Ev Gv ${flags} lock
${mnemonic} ${base(2)} /r Gb Eb ${flags}
${mnemonic} ${base(3)} /r Gv Ev ${flags}
${mnemonic} ${base(4)} AL Ib ${flags}
${mnemonic} 83 /${n} Ev Is ${flags} lock
${mnemonic} ${base(5)} eAX Iz ${flags}
${mnemonic} 80 /${n} Eb Ib ${flags} lock
${mnemonic} 81 /${n} Ev Iz ${flags} lock
${mnemonic} 82 /${n} Eb Ib ${flags} lock dec`;
}

/** Shift and rotate group: by one, by CL, by an immediate. */
function shift(mnemonic: string, n: number, flags: string): string {
  return `
${mnemonic} D0 /${n} Eb 1 ${flags}
${mnemonic} D1 /${n} Ev 1 ${flags}
${mnemonic} D2 /${n} Eb CL ${flags}
${mnemonic} D3 /${n} Ev CL ${flags}
${mnemonic} C0 /${n} Eb Ib ${flags}
${mnemonic} C1 /${n} Ev Ib ${flags}`;
}

/** Sixteen conditions; the condition is added to the last opcode byte. */
function conditional(prefix: string, opcode: string, operands: string, attributes = ""): string {
  const parts = opcode.split(" ");
  const at = parts[parts.length - 1].startsWith("/") ? parts.length - 2 : parts.length - 1;
  return CONDITIONS.map((name, condition) => {
    const bytes = parts.map((part, i) => (i === at ? hex(Number.parseInt(part, 16) + condition) : part)).join(" ");
    const sized = prefix === "j" ? "sized" : "";
    return `${prefix}${name} ${bytes} ${operands} t=${CONDITION_TESTS[condition]} ${attributes} ${sized}`;
  }).join("\n");
}

/** 0F 18 to 0F 1F without a meaning of their own: no-operations with an operand, for hints that later processors define. */
function hintSpace(): string {
  const prefetches = [4, 5, 6, 7].map((digit) => `nop 0F 18 /${digit} Ev p6 dec`);
  const others = [0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f].map((byte) => `nop 0F ${hex(byte)} /r Ev p6 dec`);
  return [...prefetches, "nop 0F 18 /r Rv p6 dec", ...others].join("\n");
}
