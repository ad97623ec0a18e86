// mount: shows what is mounted, or mounts a device: mount hda1 /mnt. "-r" only for reading, "-t" the kind of file system (fat).

import { copyRest } from "../library/copy.ts";
import { close, mount, open, STDOUT } from "../library/files.ts";
import { parseOptions, usageError } from "../library/options.ts";
import { baseName } from "../library/paths.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

const USAGE = "mount [-r] [-t TYPE] [DEVICE DIRECTORY]";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "rt:", USAGE);
  if (options === null) return 2;
  const names = options.names;
  if (names.length == 0) return showMounts();
  if (names.length != 2) return usageError(USAGE);
  const device = names[0].startsWith("/dev/") ? baseName(names[0]) : names[0];
  const result = mount(device, names[1], options.value("t", "fat"), options.has("r") ? 1 : 0);
  if (result < 0) complain("mount", names[0], result);
  return result < 0 ? 1 : 0;
}

function showMounts(): i32 {
  const handle = open("/proc/mounts");
  const result = handle < 0 ? handle : copyRest(handle, STDOUT);
  if (handle >= 0) close(handle);
  if (result < 0) complain("mount", "/proc/mounts", result);
  return result < 0 ? 1 : 0;
}
