// The dispatch loop: one case for each micro-op, in the order of ops.ts, so that it becomes a jump table.
// What a case calls is the micro-op's semantics; nothing else is said about it anywhere.

import { Alu } from "./alu";
import { Bits } from "./bits";
import { Control } from "./control";
import { Decimal } from "./decimal";
import { Far } from "./far";
import { DF, Flags } from "./flags";
import { FpuEnvironment } from "./fpu/environment";
import { FpuMoves } from "./fpu/moves";
import { FpuOperations } from "./fpu/operations";
import { Fpu } from "./fpu/registers";
import { Transcendental } from "./fpu/transcendental";
import { Interrupts } from "./interrupts";
import { RECORD } from "./layout";
import { Moves } from "./moves";
import { Msr } from "./msr";
import { Multiply } from "./multiply";
import { Op } from "./ops";
import { Segments } from "./segments";
import { Shift } from "./shift";
import { Vector } from "./simd/registers";
import { Vectors } from "./simd/vectors";
import { Stack } from "./stack";
import { Record } from "./state";
import { Strings } from "./strings";
import { System } from "./system";

export class Execute {
  /** Runs micro-ops from `record` on until something has to be looked at between two instructions. */
  static from(record: u32): void {
    while (true) {
      switch (<u32>load<u16>(record)) {
        case Op.EXIT:
          Control.exit(record);
          return;
        case Op.NEXT:
          record = Control.branch(record, 0);
          if (record == 0) return;
          continue;
        case Op.NOP:
          break;
        case Op.COUNT:
          if (Control.count(record)) continue;
          break;
        case Op.COMPILED:
          record = Control.compiled(record);
          if (record == 0) return;
          continue;
        case Op.ADD8:
          Alu.add<u8>(record);
          break;
        case Op.ADD16:
          Alu.add<u16>(record);
          break;
        case Op.ADD32:
          Alu.add<u32>(record);
          break;
        case Op.OR8:
          Alu.or<u8>(record);
          break;
        case Op.OR16:
          Alu.or<u16>(record);
          break;
        case Op.OR32:
          Alu.or<u32>(record);
          break;
        case Op.ADC8:
          Alu.adc<u8>(record);
          break;
        case Op.ADC16:
          Alu.adc<u16>(record);
          break;
        case Op.ADC32:
          Alu.adc<u32>(record);
          break;
        case Op.SBB8:
          Alu.sbb<u8>(record);
          break;
        case Op.SBB16:
          Alu.sbb<u16>(record);
          break;
        case Op.SBB32:
          Alu.sbb<u32>(record);
          break;
        case Op.AND8:
          Alu.and<u8>(record);
          break;
        case Op.AND16:
          Alu.and<u16>(record);
          break;
        case Op.AND32:
          Alu.and<u32>(record);
          break;
        case Op.SUB8:
          Alu.sub<u8>(record);
          break;
        case Op.SUB16:
          Alu.sub<u16>(record);
          break;
        case Op.SUB32:
          Alu.sub<u32>(record);
          break;
        case Op.XOR8:
          Alu.xor<u8>(record);
          break;
        case Op.XOR16:
          Alu.xor<u16>(record);
          break;
        case Op.XOR32:
          Alu.xor<u32>(record);
          break;
        case Op.CMP8:
          Alu.cmp<u8>(record);
          break;
        case Op.CMP16:
          Alu.cmp<u16>(record);
          break;
        case Op.CMP32:
          Alu.cmp<u32>(record);
          break;
        case Op.TEST8:
          Alu.test<u8>(record);
          break;
        case Op.TEST16:
          Alu.test<u16>(record);
          break;
        case Op.TEST32:
          Alu.test<u32>(record);
          break;
        case Op.INC8:
          Alu.inc<u8>(record);
          break;
        case Op.INC16:
          Alu.inc<u16>(record);
          break;
        case Op.INC32:
          Alu.inc<u32>(record);
          break;
        case Op.DEC8:
          Alu.dec<u8>(record);
          break;
        case Op.DEC16:
          Alu.dec<u16>(record);
          break;
        case Op.DEC32:
          Alu.dec<u32>(record);
          break;
        case Op.NEG8:
          Alu.neg<u8>(record);
          break;
        case Op.NEG16:
          Alu.neg<u16>(record);
          break;
        case Op.NEG32:
          Alu.neg<u32>(record);
          break;
        case Op.NOT8:
          Alu.not<u8>(record);
          break;
        case Op.NOT16:
          Alu.not<u16>(record);
          break;
        case Op.NOT32:
          Alu.not<u32>(record);
          break;
        case Op.CMPXCHG8:
          Alu.cmpxchg<u8>(record);
          break;
        case Op.CMPXCHG16:
          Alu.cmpxchg<u16>(record);
          break;
        case Op.CMPXCHG32:
          Alu.cmpxchg<u32>(record);
          break;
        case Op.ROL8:
          Shift.rol<u8>(record);
          break;
        case Op.ROL16:
          Shift.rol<u16>(record);
          break;
        case Op.ROL32:
          Shift.rol<u32>(record);
          break;
        case Op.ROR8:
          Shift.ror<u8>(record);
          break;
        case Op.ROR16:
          Shift.ror<u16>(record);
          break;
        case Op.ROR32:
          Shift.ror<u32>(record);
          break;
        case Op.RCL8:
          Shift.rcl<u8>(record);
          break;
        case Op.RCL16:
          Shift.rcl<u16>(record);
          break;
        case Op.RCL32:
          Shift.rcl<u32>(record);
          break;
        case Op.RCR8:
          Shift.rcr<u8>(record);
          break;
        case Op.RCR16:
          Shift.rcr<u16>(record);
          break;
        case Op.RCR32:
          Shift.rcr<u32>(record);
          break;
        case Op.SHL8:
          Shift.shl<u8>(record);
          break;
        case Op.SHL16:
          Shift.shl<u16>(record);
          break;
        case Op.SHL32:
          Shift.shl<u32>(record);
          break;
        case Op.SHR8:
          Shift.shr<u8>(record);
          break;
        case Op.SHR16:
          Shift.shr<u16>(record);
          break;
        case Op.SHR32:
          Shift.shr<u32>(record);
          break;
        case Op.SAR8:
          Shift.sar<u8>(record);
          break;
        case Op.SAR16:
          Shift.sar<u16>(record);
          break;
        case Op.SAR32:
          Shift.sar<u32>(record);
          break;
        case Op.SHLD16:
          Shift.shld<u16>(record);
          break;
        case Op.SHLD32:
          Shift.shld<u32>(record);
          break;
        case Op.SHRD16:
          Shift.shrd<u16>(record);
          break;
        case Op.SHRD32:
          Shift.shrd<u32>(record);
          break;
        case Op.MUL8:
          Multiply.mul<u8>(record);
          break;
        case Op.MUL16:
          Multiply.mul<u16>(record);
          break;
        case Op.MUL32:
          Multiply.mul<u32>(record);
          break;
        case Op.IMUL8:
          Multiply.imul<u8>(record);
          break;
        case Op.IMUL16:
          Multiply.imul<u16>(record);
          break;
        case Op.IMUL32:
          Multiply.imul<u32>(record);
          break;
        case Op.DIV8:
          Multiply.div<u8>(record);
          break;
        case Op.DIV16:
          Multiply.div<u16>(record);
          break;
        case Op.DIV32:
          Multiply.div<u32>(record);
          break;
        case Op.IDIV8:
          Multiply.idiv<u8>(record);
          break;
        case Op.IDIV16:
          Multiply.idiv<u16>(record);
          break;
        case Op.IDIV32:
          Multiply.idiv<u32>(record);
          break;
        case Op.IMUL_TWO16:
          Multiply.imulTwo<u16>(record);
          break;
        case Op.IMUL_TWO32:
          Multiply.imulTwo<u32>(record);
          break;
        case Op.MOV8:
          Moves.mov<u8>(record);
          break;
        case Op.MOV16:
          Moves.mov<u16>(record);
          break;
        case Op.MOV32:
          Moves.mov<u32>(record);
          break;
        case Op.MOVZX8_16:
          Moves.extend<u8, u16>(record);
          break;
        case Op.MOVZX8_32:
          Moves.extend<u8, u32>(record);
          break;
        case Op.MOVZX16_32:
          Moves.extend<u16, u32>(record);
          break;
        case Op.MOVSX8_16:
          Moves.extend<i8, i16>(record);
          break;
        case Op.MOVSX8_32:
          Moves.extend<i8, i32>(record);
          break;
        case Op.MOVSX16_32:
          Moves.extend<i16, i32>(record);
          break;
        case Op.SIGN16:
          Moves.sign<u16>(record);
          break;
        case Op.SIGN32:
          Moves.sign<u32>(record);
          break;
        case Op.LOAD8:
          Moves.load<u8>(record);
          break;
        case Op.LOAD16:
          Moves.load<u16>(record);
          break;
        case Op.LOAD32:
          Moves.load<u32>(record);
          break;
        case Op.LOAD_MODIFY8:
          Moves.loadModify<u8>(record);
          break;
        case Op.LOAD_MODIFY16:
          Moves.loadModify<u16>(record);
          break;
        case Op.LOAD_MODIFY32:
          Moves.loadModify<u32>(record);
          break;
        case Op.STORE8:
          Moves.store<u8>(record);
          break;
        case Op.STORE16:
          Moves.store<u16>(record);
          break;
        case Op.STORE32:
          Moves.store<u32>(record);
          break;
        case Op.LEA16:
          Moves.lea16(record);
          break;
        case Op.LEA32:
          Moves.lea(record);
          break;
        case Op.LINEAR:
          Moves.linear(record);
          break;
        case Op.SETCC:
          Record.setDestination<u8>(record, <u8>Flags.condition(Record.misc(record)));
          break;
        case Op.CMOV16:
          if (Flags.condition(Record.misc(record))) Moves.mov<u16>(record);
          break;
        case Op.CMOV32:
          if (Flags.condition(Record.misc(record))) Moves.mov<u32>(record);
          break;
        case Op.BSWAP:
          Moves.bswap(record);
          break;
        case Op.BSF16:
          Bits.bsf<u16>(record);
          break;
        case Op.BSF32:
          Bits.bsf<u32>(record);
          break;
        case Op.BSR16:
          Bits.bsr<u16>(record);
          break;
        case Op.BSR32:
          Bits.bsr<u32>(record);
          break;
        case Op.BT16:
          Bits.bt<u16>(record);
          break;
        case Op.BT32:
          Bits.bt<u32>(record);
          break;
        case Op.BTS16:
          Bits.bts<u16>(record);
          break;
        case Op.BTS32:
          Bits.bts<u32>(record);
          break;
        case Op.BTR16:
          Bits.btr<u16>(record);
          break;
        case Op.BTR32:
          Bits.btr<u32>(record);
          break;
        case Op.BTC16:
          Bits.btc<u16>(record);
          break;
        case Op.BTC32:
          Bits.btc<u32>(record);
          break;
        case Op.BIT_OFFSET16:
          Bits.bitOffset<u16>(record);
          break;
        case Op.BIT_OFFSET32:
          Bits.bitOffset<u32>(record);
          break;
        case Op.DAA:
          Decimal.daa();
          break;
        case Op.DAS:
          Decimal.das();
          break;
        case Op.AAA:
          Decimal.aaa();
          break;
        case Op.AAS:
          Decimal.aas();
          break;
        case Op.AAM:
          Decimal.aam(record);
          break;
        case Op.AAD:
          Decimal.aad(record);
          break;
        case Op.PUSH16:
          Stack.push<u16>(record);
          break;
        case Op.PUSH32:
          Stack.push<u32>(record);
          break;
        case Op.PUSH32_FLAT:
          Stack.pushFlat(record);
          break;
        case Op.POP16:
          Stack.pop<u16>(record);
          break;
        case Op.POP32:
          Stack.pop<u32>(record);
          break;
        case Op.POP32_FLAT:
          Stack.popFlat(record);
          break;
        case Op.PEEK16:
          Stack.peek<u16>(record);
          break;
        case Op.PEEK32:
          Stack.peek<u32>(record);
          break;
        case Op.DROP:
          Stack.drop(record);
          break;
        case Op.PUSHA16:
          Stack.pushAll<u16>(record);
          break;
        case Op.PUSHA32:
          Stack.pushAll<u32>(record);
          break;
        case Op.POPA16:
          Stack.popAll<u16>(record);
          break;
        case Op.POPA32:
          Stack.popAll<u32>(record);
          break;
        case Op.ENTER16:
          Stack.enter<u16>(record);
          break;
        case Op.ENTER32:
          Stack.enter<u32>(record);
          break;
        case Op.LEAVE16:
          Stack.leave<u16>(record);
          break;
        case Op.LEAVE32:
          Stack.leave<u32>(record);
          break;
        case Op.JMP:
          record = Control.jump(record);
          if (record == 0) return;
          continue;
        case Op.JO:
          record = Control.branch(record, Flags.overflow);
          if (record == 0) return;
          continue;
        case Op.JNO:
          record = Control.branch(record, Flags.overflow ^ 1);
          if (record == 0) return;
          continue;
        case Op.JB:
          record = Control.branch(record, Flags.carry);
          if (record == 0) return;
          continue;
        case Op.JAE:
          record = Control.branch(record, Flags.carry ^ 1);
          if (record == 0) return;
          continue;
        case Op.JE:
          record = Control.branch(record, Flags.zero);
          if (record == 0) return;
          continue;
        case Op.JNE:
          record = Control.branch(record, Flags.zero ^ 1);
          if (record == 0) return;
          continue;
        case Op.JBE:
          record = Control.branch(record, Flags.carry | Flags.zero);
          if (record == 0) return;
          continue;
        case Op.JA:
          record = Control.branch(record, (Flags.carry | Flags.zero) ^ 1);
          if (record == 0) return;
          continue;
        case Op.JS:
          record = Control.branch(record, Flags.sign);
          if (record == 0) return;
          continue;
        case Op.JNS:
          record = Control.branch(record, Flags.sign ^ 1);
          if (record == 0) return;
          continue;
        case Op.JP:
          record = Control.branch(record, Flags.parity);
          if (record == 0) return;
          continue;
        case Op.JNP:
          record = Control.branch(record, Flags.parity ^ 1);
          if (record == 0) return;
          continue;
        case Op.JL:
          record = Control.branch(record, Flags.less);
          if (record == 0) return;
          continue;
        case Op.JGE:
          record = Control.branch(record, Flags.less ^ 1);
          if (record == 0) return;
          continue;
        case Op.JLE:
          record = Control.branch(record, Flags.less | Flags.zero);
          if (record == 0) return;
          continue;
        case Op.JG:
          record = Control.branch(record, (Flags.less | Flags.zero) ^ 1);
          if (record == 0) return;
          continue;
        case Op.JMP_INDIRECT:
          record = Control.jumpIndirect(record);
          if (record == 0) return;
          continue;
        case Op.CALL:
          record = Control.call(record);
          if (record == 0) return;
          continue;
        case Op.CALL_INDIRECT:
          record = Control.callIndirect(record);
          if (record == 0) return;
          continue;
        case Op.RET:
          record = Control.ret(record);
          if (record == 0) return;
          continue;
        case Op.LOOP:
          record = Control.loop(record);
          if (record == 0) return;
          continue;
        case Op.MOVS8:
          if (Strings.movs<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.MOVS16:
          if (Strings.movs<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.MOVS32:
          if (Strings.movs<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.STOS8:
          if (Strings.stos<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.STOS16:
          if (Strings.stos<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.STOS32:
          if (Strings.stos<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.LODS8:
          if (Strings.lods<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.LODS16:
          if (Strings.lods<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.LODS32:
          if (Strings.lods<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.CMPS8:
          if (Strings.cmps<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.CMPS16:
          if (Strings.cmps<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.CMPS32:
          if (Strings.cmps<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.SCAS8:
          if (Strings.scas<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.SCAS16:
          if (Strings.scas<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.SCAS32:
          if (Strings.scas<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.INS8:
          if (Strings.ins<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.INS16:
          if (Strings.ins<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.INS32:
          if (Strings.ins<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.OUTS8:
          if (Strings.outs<u8>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.OUTS16:
          if (Strings.outs<u16>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.OUTS32:
          if (Strings.outs<u32>(record)) {
            Control.again(record);
            return;
          }
          break;
        case Op.CLC:
          Flags.setCarry(0);
          break;
        case Op.STC:
          Flags.setCarry(1);
          break;
        case Op.CMC:
          Flags.setCarry(Flags.carry ^ 1);
          break;
        case Op.CLD:
          System.setDirection(0);
          break;
        case Op.STD:
          System.setDirection(DF);
          break;
        case Op.CLI:
          System.cli(record);
          break;
        case Op.STI:
          System.sti(record);
          break;
        case Op.LAHF:
          System.lahf();
          break;
        case Op.SAHF:
          System.sahf();
          break;
        case Op.PUSHF16:
          System.pushFlags<u16>(record);
          break;
        case Op.PUSHF32:
          System.pushFlags<u32>(record);
          break;
        case Op.POPF16:
          System.popFlags<u16>(record);
          break;
        case Op.POPF32:
          System.popFlags<u32>(record);
          break;
        case Op.LOAD_SEGMENT:
          Segments.load(record);
          break;
        case Op.FAR_JUMP:
          Far.jump(record);
          return;
        case Op.FAR_CALL:
          Far.call(record);
          return;
        case Op.FAR_RETURN:
          Far.ret(record);
          return;
        case Op.INTERRUPT_RETURN:
          Interrupts.ret(record);
          return;
        case Op.INTERRUPT:
          Interrupts.software(record);
          return;
        case Op.INTO:
          if (Flags.overflow) {
            Interrupts.software(record);
            return;
          }
          break;
        case Op.BOUND16:
          System.bound<u16>(record);
          break;
        case Op.BOUND32:
          System.bound<u32>(record);
          break;
        case Op.ARPL:
          Segments.adjustRpl(record);
          break;
        case Op.ARPL_MEMORY:
          Segments.adjustRplMemory(record);
          break;
        case Op.VERIFY_READ:
          Segments.verify(record, false);
          break;
        case Op.VERIFY_WRITE:
          Segments.verify(record, true);
          break;
        case Op.LAR:
          Segments.describe(record, false);
          break;
        case Op.LSL:
          Segments.describe(record, true);
          break;
        case Op.LLDT:
          Segments.loadLocalTable(record);
          break;
        case Op.LTR:
          Segments.loadTask(record);
          break;
        case Op.IN8:
          System.read<u8>(record);
          break;
        case Op.IN16:
          System.read<u16>(record);
          break;
        case Op.IN32:
          System.read<u32>(record);
          break;
        case Op.OUT8:
          System.write<u8>(record);
          break;
        case Op.OUT16:
          System.write<u16>(record);
          break;
        case Op.OUT32:
          System.write<u32>(record);
          break;
        case Op.HLT:
          System.halt(record);
          break;
        case Op.READ_CONTROL:
          System.readControl(record);
          break;
        case Op.WRITE_CONTROL:
          System.writeControl(record);
          break;
        case Op.READ_DEBUG:
          System.readDebug(record);
          break;
        case Op.WRITE_DEBUG:
          System.writeDebug(record);
          break;
        case Op.LMSW:
          System.loadStatusWord(record);
          break;
        case Op.CLTS:
          System.clearTaskSwitched(record);
          break;
        case Op.LGDT:
          System.loadGlobalTable(record);
          break;
        case Op.LIDT:
          System.loadInterruptTable(record);
          break;
        case Op.STORE_TABLE:
          System.storeTable(record);
          break;
        case Op.PROTECTED_ONLY:
          Segments.protectedOnly(record);
          break;
        case Op.INVLPG:
          System.invalidatePage(record);
          break;
        case Op.SUPERVISOR_ONLY:
          System.supervisorOnly(record);
          break;
        case Op.RDTSC:
          System.readTimeStamp(record);
          break;
        case Op.RDMSR:
          Msr.read(record);
          break;
        case Op.WRMSR:
          Msr.write(record);
          break;
        case Op.SYSENTER:
          Msr.enter(record);
          return;
        case Op.SYSEXIT:
          Msr.exit(record);
          return;
        case Op.CPUID:
          System.identify();
          break;
        case Op.CMPXCHG8B:
          System.compareExchange8(record);
          break;
        case Op.RAISE:
          System.raise(record);
          break;
        case Op.FPU_AVAILABLE:
          Fpu.available(record);
          break;
        case Op.FPU_READY:
          if (!Fpu.ready(record)) {
            Control.exit(record);
            return;
          }
          break;
        case Op.WAIT:
          if (!Fpu.wait(record)) {
            Control.exit(record);
            return;
          }
          break;
        case Op.FLD32:
          FpuMoves.loadSingle(record);
          break;
        case Op.FLD64:
          FpuMoves.loadDouble(record);
          break;
        case Op.FLD80:
          FpuMoves.loadExtended(record);
          break;
        case Op.FLD:
          FpuMoves.loadRegister(record);
          break;
        case Op.FILD16:
          FpuMoves.loadInteger16(record);
          break;
        case Op.FILD32:
          FpuMoves.loadInteger32(record);
          break;
        case Op.FILD64:
          FpuMoves.loadInteger64(record);
          break;
        case Op.FBLD:
          FpuMoves.loadDecimal(record);
          break;
        case Op.FST32:
          FpuMoves.storeSingle(record);
          break;
        case Op.FST64:
          FpuMoves.storeDouble(record);
          break;
        case Op.FST80:
          FpuMoves.storeExtended(record);
          break;
        case Op.FST:
          FpuMoves.storeRegister(record);
          break;
        case Op.FIST16:
          FpuMoves.storeInteger16(record);
          break;
        case Op.FIST32:
          FpuMoves.storeInteger32(record);
          break;
        case Op.FIST64:
          FpuMoves.storeInteger64(record);
          break;
        case Op.FBSTP:
          FpuMoves.storeDecimal(record);
          break;
        case Op.FXCH:
          FpuMoves.exchange(record);
          break;
        case Op.FCMOV:
          FpuMoves.conditional(record);
          break;
        case Op.FSIGN:
          FpuMoves.changeSign(record);
          break;
        case Op.FFREE:
          FpuMoves.free(record);
          break;
        case Op.FROTATE:
          FpuMoves.rotate(record);
          break;
        case Op.FXAM:
          FpuMoves.examine(record);
          break;
        case Op.FLD1:
          FpuMoves.one(record);
          break;
        case Op.FLDZ:
          FpuMoves.zero(record);
          break;
        case Op.FLDL2T:
          FpuMoves.log2Of10(record);
          break;
        case Op.FLDL2E:
          FpuMoves.log2OfE(record);
          break;
        case Op.FLDPI:
          FpuMoves.pi(record);
          break;
        case Op.FLDLG2:
          FpuMoves.log10Of2(record);
          break;
        case Op.FLDLN2:
          FpuMoves.lnOf2(record);
          break;
        case Op.FARITH32:
          FpuOperations.withSingle(record);
          break;
        case Op.FARITH64:
          FpuOperations.withDouble(record);
          break;
        case Op.FIARITH16:
          FpuOperations.withInteger16(record);
          break;
        case Op.FIARITH32:
          FpuOperations.withInteger32(record);
          break;
        case Op.FARITH:
          FpuOperations.withRegister(record);
          break;
        case Op.FCOM:
          FpuOperations.compare(record);
          break;
        case Op.FCOMI:
          FpuOperations.compareFlags(record);
          break;
        case Op.FTST:
          FpuOperations.test(record);
          break;
        case Op.FSQRT:
          FpuOperations.squareRoot(record);
          break;
        case Op.FRNDINT:
          FpuOperations.roundToInteger(record);
          break;
        case Op.FPREM:
          FpuOperations.remainder(record);
          break;
        case Op.FSCALE:
          FpuOperations.scale(record);
          break;
        case Op.FXTRACT:
          FpuOperations.extract(record);
          break;
        case Op.FINIT:
          FpuEnvironment.initialise();
          break;
        case Op.FCLEX:
          FpuEnvironment.clearExceptions();
          break;
        case Op.FLDCW:
          FpuEnvironment.loadControl(record);
          break;
        case Op.FSTCW:
          FpuEnvironment.storeControl(record);
          break;
        case Op.FSTSW:
          FpuEnvironment.storeStatus(record);
          break;
        case Op.FSTSW_AX:
          FpuEnvironment.readStatus(record);
          break;
        case Op.FSTENV:
          FpuEnvironment.store(record);
          break;
        case Op.FLDENV:
          FpuEnvironment.load(record);
          break;
        case Op.FSAVE:
          FpuEnvironment.save(record);
          break;
        case Op.FRSTOR:
          FpuEnvironment.restore(record);
          break;
        case Op.F2XM1:
          Transcendental.exponential(record);
          break;
        case Op.FYL2X:
          Transcendental.logarithm(record);
          break;
        case Op.FYL2XP1:
          Transcendental.logarithmNearOne(record);
          break;
        case Op.FPATAN:
          Transcendental.arcTangent(record);
          break;
        case Op.FSIN:
          Transcendental.sine(record);
          break;
        case Op.FCOS:
          Transcendental.cosine(record);
          break;
        case Op.FSINCOS:
          Transcendental.sineAndCosine(record);
          break;
        case Op.FPTAN:
          Transcendental.tangent(record);
          break;
        case Op.MMX_READY:
          if (!Vector.mmxReady(record)) {
            Control.exit(record);
            return;
          }
          break;
        case Op.SSE_READY:
          Vector.sseReady(record);
          break;
        case Op.LOAD64:
        case Op.LOAD128:
        case Op.LOAD128_ALIGNED:
        case Op.STORE64:
        case Op.STORE128:
        case Op.STORE128_ALIGNED:
        case Op.ENTER_MMX:
        case Op.EMMS:
        case Op.MOV64_MMX:
        case Op.MOV32_MMX:
        case Op.MOV64:
        case Op.MOV64_ZERO:
        case Op.MOV32_ZERO:
        case Op.MOV128:
        case Op.PACKED:
        case Op.PACKED_NEWER:
        case Op.PTEST:
        case Op.NOW:
        case Op.COMPARE_STRINGS:
        case Op.CRC32:
        case Op.POPCNT:
        case Op.MOVE_SIGNS:
        case Op.MASKED_MOVE:
        case Op.FLOAT32:
        case Op.FLOAT64:
        case Op.FLOAT_COMPARE32:
        case Op.FLOAT_COMPARE64:
        case Op.FLOAT_FLAGS32:
        case Op.FLOAT_FLAGS64:
        case Op.FLOAT_CONVERT:
        case Op.FLOAT_ACROSS32:
        case Op.FLOAT_ACROSS64:
        case Op.FLOAT_ROUND32:
        case Op.FLOAT_ROUND64:
        case Op.LDMXCSR:
        case Op.STMXCSR:
        case Op.FXSAVE:
        case Op.FXRSTOR:
          Vectors.run(record);
          break;
        default:
          unreachable();
      }
      record += RECORD;
    }
  }
}
