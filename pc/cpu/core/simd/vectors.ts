// The micro-ops of MMX and SSE, apart from the dispatch loop: they use WebAssembly's SIMD instructions, which the second engine
// (pc/cpu/compile) does not copy but calls. index.ts exports this function, so that the optimiser leaves it one of its own, and no
// function here takes or gives a vector but those that are inlined.

import { Op } from "../ops";
import { AcrossOperations } from "./across";
import { Checksum } from "./checksum";
import { VectorEnvironment } from "./environment";
import { FloatOperations } from "./floats";
import { NowOperations } from "./now";
import { PackedOperations } from "./packed";
import { NewerOperations } from "./packed-newer";
import { Vector } from "./registers";
import { StringCompare } from "./string-compare";

export class Vectors {
  static run(record: u32): void {
    switch (<u32>load<u16>(record)) {
      case Op.LOAD64:
        Vector.loadQuad(record);
        break;
      case Op.LOAD128:
        Vector.loadUnaligned(record);
        break;
      case Op.LOAD128_ALIGNED:
        Vector.loadAligned(record);
        break;
      case Op.STORE64:
        Vector.storeQuad(record);
        break;
      case Op.STORE128:
        Vector.storeUnaligned(record);
        break;
      case Op.STORE128_ALIGNED:
        Vector.storeAligned(record);
        break;
      case Op.ENTER_MMX:
        Vector.enterMmx();
        break;
      case Op.EMMS:
        Vector.emptyMmx();
        break;
      case Op.MOV64_MMX:
        Vector.moveToMmx(record);
        break;
      case Op.MOV32_MMX:
        Vector.moveDoubleToMmx(record);
        break;
      case Op.MOV64:
        Vector.moveQuad(record);
        break;
      case Op.MOV64_ZERO:
        Vector.moveQuadZero(record);
        break;
      case Op.MOV32_ZERO:
        Vector.moveDoubleZero(record);
        break;
      case Op.MOV128:
        Vector.moveWhole(record);
        break;
      case Op.PACKED:
        PackedOperations.run(record);
        break;
      case Op.PACKED_NEWER:
        NewerOperations.run(record);
        break;
      case Op.PTEST:
        NewerOperations.test(record);
        break;
      case Op.NOW:
        NowOperations.run(record);
        break;
      case Op.COMPARE_STRINGS:
        StringCompare.run(record);
        break;
      case Op.CRC32:
        Checksum.crc32(record);
        break;
      case Op.POPCNT:
        Checksum.count(record);
        break;
      case Op.FLOAT_ACROSS32:
        AcrossOperations.single(record);
        break;
      case Op.FLOAT_ACROSS64:
        AcrossOperations.double(record);
        break;
      case Op.FLOAT_ROUND32:
        AcrossOperations.roundSingle(record);
        break;
      case Op.FLOAT_ROUND64:
        AcrossOperations.roundDouble(record);
        break;
      case Op.MOVE_SIGNS:
        PackedOperations.signs(record);
        break;
      case Op.MASKED_MOVE:
        PackedOperations.maskedMove(record);
        break;
      case Op.FLOAT32:
        FloatOperations.single(record);
        break;
      case Op.FLOAT64:
        FloatOperations.double(record);
        break;
      case Op.FLOAT_COMPARE32:
        FloatOperations.compareSingle(record);
        break;
      case Op.FLOAT_COMPARE64:
        FloatOperations.compareDouble(record);
        break;
      case Op.FLOAT_FLAGS32:
        FloatOperations.flagsSingle(record);
        break;
      case Op.FLOAT_FLAGS64:
        FloatOperations.flagsDouble(record);
        break;
      case Op.FLOAT_CONVERT:
        FloatOperations.convert(record);
        break;
      case Op.LDMXCSR:
        VectorEnvironment.loadMxcsr(record);
        break;
      case Op.STMXCSR:
        VectorEnvironment.storeMxcsr(record);
        break;
      case Op.FXSAVE:
        VectorEnvironment.save(record);
        break;
      case Op.FXRSTOR:
        VectorEnvironment.restore(record);
        break;
      default:
        unreachable();
    }
  }
}
