// What the page's address may say, so that a link, or a frame in somebody's page, starts a machine of its own:
//   image=FILE      a file beside the page, of any kind that can be opened      example=NAME   one of the page's own
//   memory=MIB      boot=LETTERS (a floppy, c disk, d CD)                       autostart=0    waits for a click
//   layout=screen   the screen alone, which waits for a click unless autostart=1
//   language=en|zh  theme=light|dark                                            of this visit only

import type { BootPlan } from "../machine/plan.ts";
import type { Language, Theme } from "./settings.ts";

export interface Address {
  image?: string;
  example?: string;
  memoryBytes?: number;
  bootOrder?: string;
  autostart: boolean;
  layout: "full" | "screen";
  language?: Language;
  theme?: Theme;
}

const MIB = 2 ** 20;
const MOST_MIB = 2048;

/** What cannot be understood is left out: a link of somebody else's must not leave the person with nothing. */
export function parseAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const word = <T extends string>(name: string, ...words: T[]) => words.find((each) => each === parameters.get(name));
  const memory = Number(parameters.get("memory") ?? Number.NaN);
  const boot = parameters.get("boot") ?? "";
  const layout = word("layout", "screen") ?? "full";
  const autostart = word("autostart", "0", "1");
  return {
    image: parameters.get("image") ?? undefined,
    example: parameters.get("example") ?? undefined,
    memoryBytes: Number.isInteger(memory) && memory >= 1 && memory <= MOST_MIB ? memory * MIB : undefined,
    bootOrder: /^[acd]{1,3}$/.test(boot) && new Set(boot).size === boot.length ? boot : undefined,
    autostart: autostart === undefined ? layout === "full" : autostart === "1",
    layout,
    language: word("language", "en", "zh"),
    theme: word("theme", "light", "dark"),
  };
}

/** The plan with what the address says of the machine. */
export function withAddress(plan: BootPlan, { memoryBytes, bootOrder }: Address): BootPlan {
  const changed = { ...plan, ...(memoryBytes !== undefined && { memoryBytes }) };
  return changed.kind === "pc" && bootOrder !== undefined ? { ...changed, bootOrder } : changed;
}
