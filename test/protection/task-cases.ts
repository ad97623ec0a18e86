// Hardware task switches: by jump, call, interrupt and IRET, to good and to broken tasks. Source: Intel SDM vol. 3, 7.2 to 7.4.

import type { Random } from "../hardware/random.ts";
import { CaseBuilder, type Ring } from "./builder.ts";
import {
  anyDescriptor,
  anySelector,
  codeDescriptor,
  dataDescriptor,
  describe,
  offsetTo,
} from "./random-descriptors.ts";
import type { SystemCase } from "./record.ts";
import {
  ALIAS,
  ALIAS_TABLE,
  ARENA,
  CODE_B,
  CODES,
  DATAS,
  type DescriptorFields,
  DIRECTORY,
  DIRECTORY_B,
  END_VECTOR,
  SELECT_LDT,
  SELECT_TSS,
  STACK_TOPS,
  type TaskFields,
  TSS_A,
  TSS_B,
  TSS_BYTES,
  TSS_MAIN,
  TSS16_A,
  TSS16_BYTES,
  writeTask,
  writeTask16,
} from "./world.ts";

const LANDING = CODE_B + 0x20;
const VECTOR = 0x40;
const RINGS: readonly Ring[] = [0, 0, 0, 1, 2, 3, 3];
const PAGING = 0x8000_0000;

/** A task that is mostly in order; one thing in it may be broken. */
function someTask(builder: CaseBuilder): TaskFields {
  const { random } = builder;
  const ring = random.pick(RINGS);
  const segments = [DATAS[ring], CODES[ring], DATAS[ring], DATAS[ring], 0, DATAS[3]] as number[];
  let eip = ARENA + LANDING;
  let ldt = random.pick([0, SELECT_LDT]);
  let eflags = 2 | (random.bits() & 0x7cd5 & ~0x4000);
  let trap = 0;
  switch (random.below(10)) {
    case 0: {
      const fields = codeDescriptor(random);
      builder.note(`cs ${describe(fields)}`);
      segments[1] = anySelector(builder, fields);
      eip = offsetTo(fields, LANDING);
      break;
    }
    case 1: {
      const fields = random.chance(70) ? dataDescriptor(random, ring) : anyDescriptor(random);
      builder.note(`ss ${describe(fields)}`);
      segments[2] = anySelector(builder, fields);
      break;
    }
    case 2:
    case 3: {
      const fields = anyDescriptor(random);
      const index = random.pick([0, 3, 4, 5]);
      builder.note(`segment ${index} ${describe(fields)}`);
      segments[index] = anySelector(builder, fields);
      break;
    }
    case 4: {
      const access = random.pick([0x82, 0x02, 0x92, 0x89]);
      const fields = { base: ARENA + 0x1000, limit: 0x7f, access, flags: 0 };
      builder.note(`ldt ${describe(fields)}`);
      ldt = anySelector(builder, fields);
      break;
    }
    case 5:
      eflags |= 0x4000;
      break;
    case 6:
      trap = 1;
      break;
    default:
  }
  return {
    eip,
    eflags,
    general: [0xa1, 0xa2, 0xa3, 0xa4, ARENA + STACK_TOPS[ring] - 0x80, 0xa6, 0xa7, 0xa8],
    segments,
    ldt,
    trap,
    cr3: ARENA + random.pick([DIRECTORY, DIRECTORY_B]),
    link: SELECT_TSS,
  };
}

export function taskSwitch(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "task");
  if (random.chance(15)) builder.start16(random.pick([0, 3] as const));
  else builder.start(random.pick(RINGS));
  const { state } = builder;
  if (random.chance(30)) state.cr0 |= PAGING;
  state.fs = DATAS[3];
  state.eax = 0xe1;
  state.edi = 0xe8;
  const wide = random.chance(75);
  const at = wide ? TSS_A : TSS16_A;
  const bytes = new Uint8Array(wide ? TSS_BYTES : TSS16_BYTES);
  const view = new DataView(bytes.buffer);
  const task = someTask(builder);
  if (wide) writeTask(view, 0, task);
  else writeTask16(view, 0, task);
  builder.poke(ARENA + at, bytes);
  const back = random.pick<number[]>([[], [], [0xcf], [0xcf], [0x66, 0xcf]]);
  builder.poke(ARENA + LANDING, Uint8Array.of(...back, 0xcd, END_VECTOR));

  const returning = random.chance(20);
  const selector = taskSelector(builder, wide, at, returning);
  if (returning) {
    builder.half(ARENA + TSS_MAIN, selector);
    state.eflags |= 0x4000;
    return builder.code(random.pick(["iretl", "iretw"])).build();
  }
  const entry = random.chance(30) ? taskGate(builder, selector) : selector;
  if (random.chance(30)) {
    builder.vector(VECTOR, { selector, offset: 0, access: random.pick([0xe5, 0xe5, 0x85, 0x65]) });
    return builder.code(`int $${VECTOR}`).build();
  }
  return builder.code(`${random.pick(["ljmp", "lcall"])}${random.pick(["l", "w"])} $${entry}, $0`).build();
}

/** A descriptor of the TSS at `at`: most of the time fit for what is done with it. */
function taskSelector(builder: CaseBuilder, wide: boolean, at: number, returning: boolean): number {
  const { random } = builder;
  const smallest = (wide ? TSS_BYTES : TSS16_BYTES) - 1;
  const limit = random.chance(88) ? smallest : random.pick([smallest - 1, 0, 0x2a, 0xffff]);
  const busy = random.chance(90) ? returning : !returning;
  const type = (wide ? 9 : 1) | (busy ? 2 : 0);
  const access = (random.chance(94) ? 0x80 : 0) | (random.pick([0, 3, 3, 1]) << 5) | type;
  const fields: DescriptorFields = { base: ARENA + at, limit, access, flags: 0 };
  builder.note(describe(fields));
  return anySelector(builder, fields);
}

function taskGate(builder: CaseBuilder, selector: number): number {
  const { random } = builder;
  const access = random.pick([0xe5, 0xe5, 0xe5, 0x85, 0x65]);
  builder.note(`task gate ${access.toString(16)}`);
  return builder.defineGate({ selector, offset: 0, access }, random.chance(30)) | random.below(4);
}

/** With paging: parts of the old or the new TSS are on pages that are absent or cannot be written. */
export function taskOnBadPage(random: Random): SystemCase {
  const builder = new CaseBuilder(random, "task on a bad page").start(random.pick(RINGS));
  const { state } = builder;
  state.cr0 |= PAGING | 0x1_0000;
  const page = TSS_B & ~0xfff;
  // The task begins on one page and ends on the next; one of them is not as it should be.
  const start = random.pick([0xffc, 0xff0, 0xfe0, 0xfd8, 0xfc8, 0xfb0, 0xfa0, 0xf98]);
  const base = ALIAS + 0x7000 + start;
  const bytes = new Uint8Array(TSS_BYTES);
  const ring = random.pick(RINGS);
  writeTask(new DataView(bytes.buffer), 0, {
    eip: ARENA + LANDING,
    eflags: 2,
    general: [1, 2, 3, 4, ARENA + STACK_TOPS[ring] - 0x80, 6, 7, 8],
    segments: [DATAS[ring], CODES[ring], DATAS[ring], DATAS[ring], 0, 0],
    ldt: 0,
  });
  builder.poke(ARENA + 0x7000 + start, bytes);
  const entry = ARENA + ALIAS_TABLE + random.pick([7, 8]) * 4;
  builder.words(entry, (((entry & 0x3f) >> 2) << 12) | ARENA | random.pick([0, 0x61, 0x21, 0x65]));
  builder.note(`at ${base.toString(16)} page ${page.toString(16)}`);
  const selector = builder.define({ base, limit: TSS_BYTES - 1, access: 0xe9, flags: 0 });
  if (random.chance(50)) return builder.code(`${random.pick(["ljmp", "lcall"])} $${selector}, $0`).build();
  // The bad one is the old task. In ring 0 its exceptions need no stack of it.
  builder.start(0);
  state.tr = selector;
  const good = new Uint8Array(TSS_BYTES);
  writeTask(new DataView(good.buffer), 0, {
    eip: ARENA + LANDING,
    eflags: 2,
    general: [1, 2, 3, 4, ARENA + STACK_TOPS[0] - 0x80, 6, 7, 8],
    segments: [DATAS[0], CODES[0], DATAS[0], DATAS[0], 0, 0],
    ldt: 0,
  });
  builder.poke(ARENA + TSS_A, good);
  return builder.code(`${random.pick(["ljmp", "lcall"])} $0x80, $0`).build();
}
