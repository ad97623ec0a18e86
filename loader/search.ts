// `search --file /PATH --set=VARIABLE`: the first place that has the file becomes the root volume. Searches by label or by a file
// system's number are not made: the volume that the loader came from stays.
// Source: GNU GRUB Manual 2.06, "search".

import { copyText, textEquals, textLength, textStartsWith } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { andBytes, fail } from "./failure.ts";
import { word } from "./script.ts";
import { setVariable } from "./variables.ts";
import { NO_PARTITION, openFile, rootName, setRoot } from "./volume.ts";

const DISKS: u32 = 4;
const PARTITIONS: u32 = 8;
const place = take(64);
const found = take(32);
const rootVariable = memory.data(8);

/** Carries out the script's last command, of `count` words. */
export function search(count: u32): bool {
  let file: usize = 0;
  let isByFile = false;
  let variable: usize = copyText("root", rootVariable);
  for (let i: u32 = 1; i < count; i++) {
    const text = word(i);
    if (textEquals(text, "--file") || textEquals(text, "-f")) isByFile = true;
    else if (textStartsWith(text, "--set=")) variable = text + 6;
    else if (textEquals(text, "--set") || textEquals(text, "-s")) {
      // The variable's name may be left out.
      if (i + 2 < count && load<u8>(word(i + 1)) != 0x2f) variable = word(++i);
    } else if (load<u8>(text) == 0x2f) file = text;
  }
  if (!isByFile) return true;
  if (file == 0) return fail("search --file takes a file");
  if (openFile(file)) {
    rootName(found);
    return useFound(variable);
  }
  if (isAt(0x63, 0x64, 0, NO_PARTITION, file)) return useFound(variable);
  for (let disk: u32 = 0; disk < DISKS; disk++) {
    if (isAt(0x68, 0x64, disk, NO_PARTITION, file)) return useFound(variable);
    for (let partition: u32 = 0; partition < PARTITIONS; partition++)
      if (isAt(0x68, 0x64, disk, partition, file)) return useFound(variable);
  }
  if (isAt(0x66, 0x64, 0, NO_PARTITION, file)) return useFound(variable);
  fail("search: no volume has ");
  return andBytes(file);
}

/** Whether (fd0), (hd1,2) and so on has the file; the place's name is then in `found`. */
function isAt(first: u8, second: u8, number: u32, partition: u32, file: usize): bool {
  if (textLength(file) > 40) return false;
  store<u8>(place, 0x28);
  let at: usize = place + 1;
  store<u8>(at++, first);
  store<u8>(at++, second);
  store<u8>(at++, (0x30 + number) as u8);
  if (partition != NO_PARTITION) {
    store<u8>(at++, 0x2c);
    store<u8>(at++, (0x31 + partition) as u8);
  }
  const length = at - place - 1;
  store<u8>(at++, 0x29);
  memory.copy(at, file, textLength(file) + 1);
  if (!openFile(place)) return false;
  memory.copy(found, place + 1, length);
  store<u8>(found + length, 0);
  return true;
}

function useFound(variable: usize): bool {
  if (textEquals(variable, "root") && !setRoot(found)) return false;
  return setVariable(variable, textLength(variable), found);
}
