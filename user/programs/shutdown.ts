// shutdown: writes all files and turns the machine off; "-r" starts it again.

import { parseOptions } from "../library/options.ts";
import { POWER_OFF, POWER_REBOOT, power } from "../library/process.ts";
import { complain } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const options = parseOptions(argumentList(argc, argv), "r", "shutdown [-r]");
  if (options === null) return 2;
  const result = power(options.has("r") ? POWER_REBOOT : POWER_OFF);
  complain("shutdown", "power", result);
  return 1;
}
