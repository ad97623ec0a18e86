// The boot loader, from the first line of TypeScript on: memory map, configuration, menu.

import { arenaMark, take } from "./arena.ts";
import { setTextMode } from "./bios.ts";
import { boot, isSomethingLoaded, nextMenu, nextMenuBytes } from "./commands.ts";
import { editedBytes, editedText, editText, MAX_BYTES } from "./editor.ts";
import {
  defaultEntry,
  entryBody,
  entryBodyBytes,
  entryCount,
  entryLine,
  entryTitle,
  readConfiguration,
  takeText,
  timeout,
} from "./entries.ts";
import { andText, fail, failure } from "./failure.ts";
import { waitForKey } from "./keys.ts";
import { readMemoryMap } from "./memory.ts";
import { BOOT, COMMANDS, chooseEntry, chosenEntry, EDIT, runMenu } from "./menu.ts";
import { forgetNotes } from "./notes.ts";
import { clearPlan, keepArena } from "./plan.ts";
import { runPrompt } from "./prompt.ts";
import { bootEntry } from "./run.ts";
import { clearScreen, PLAIN, print, printText, setColour, WARNING } from "./screen.ts";
import { setVariable } from "./variables.ts";
import { fileSize, openFile, readFile, rootName, useBootVolume } from "./volume.ts";
import "./panic.ts";
import { copyText, textLength } from "../kernel/text.ts";

const path = memory.data(32);

/** real.s calls this. */
export function loaderMain(): void {
  setTextMode();
  clearScreen();
  readMemoryMap();
  useBootVolume();
  setFirstVariables();
  const room = take(MAX_BYTES);
  keepArena();
  clearPlan();
  const isRead = loadConfiguration();
  keepArena();
  if (isRead && entryCount() == 0 && isSomethingLoaded()) boot();
  if (entryCount() == 0) {
    complain(isRead ? copyText("The configuration has no menuentry", path) : failure());
    while (true) runPrompt();
  }
  chooseEntry(defaultEntry());
  let seconds = timeout();
  while (true) {
    act(runMenu(seconds), room);
    seconds = -1;
  }
}

function act(choice: u32, room: usize): void {
  const index = chosenEntry();
  const body = entryBody(index);
  const bytes = entryBodyBytes(index);
  if (choice == COMMANDS) {
    clearScreen();
    print("Commands as in grub.cfg; help lists them, Esc leads back to the menu.\n\n");
    runPrompt();
    return;
  }
  if (choice == EDIT) {
    if (!editText(entryTitle(index), body, bytes, room)) return;
    clearScreen();
    bootEntry(editedText(), editedBytes(), 1);
  } else {
    assert(choice == BOOT, "nothing else can be chosen");
    clearScreen();
    print("Starting ");
    printText(entryTitle(index), 60);
    print("\n");
    bootEntry(body, bytes, entryLine(index));
  }
  if (nextMenu() != 0) {
    showNextMenu();
    return;
  }
  complain(failure());
  print("Press a key to go back to the menu.");
  waitForKey();
}

/** An entry has named another configuration, by `configfile`. */
function showNextMenu(): void {
  const text = nextMenu();
  const bytes = nextMenuBytes();
  forgetNotes();
  keepArena();
  readConfiguration(text, bytes);
  keepArena();
  if (entryCount() > 0) {
    chooseEntry(defaultEntry());
    return;
  }
  complain(copyText("The configuration has no menuentry", path));
  while (entryCount() == 0) runPrompt();
}

/** What configurations expect to know from the start. */
function setFirstVariables(): void {
  const name = take(32);
  const prefix = take(64);
  if (prefix == 0) return;
  rootName(name);
  setNamed("root", name);
  store<u8>(prefix, 0x28);
  memory.copy(prefix + 1, name, textLength(name));
  copyText(")/boot/grub", prefix + 1 + textLength(name));
  setNamed("prefix", prefix);
  copyText("pc", prefix);
  setNamed("grub_platform", prefix);
  copyText("i386", prefix);
  setNamed("grub_cpu", prefix);
}

function setNamed(name: string, value: usize): void {
  copyText(name, path);
  setVariable(path, textLength(path), value);
}

function complain(reason: usize): void {
  setColour(WARNING);
  printText(reason);
  setColour(PLAIN);
  print("\n\n");
}

/** Reads grub.cfg from where it usually is. */
function loadConfiguration(): bool {
  const isOpen =
    openFile(copyText("/boot/grub/grub.cfg", path)) ||
    openFile(copyText("/grub/grub.cfg", path)) ||
    openFile(copyText("/grub.cfg", path));
  if (!isOpen) return fail("There is no /boot/grub/grub.cfg that can be read");
  const bytes = fileSize();
  const text = takeText(bytes);
  if (text == 0) return false;
  if (!readFile(0, bytes, text)) return false;
  assert(arenaMark() > text, "the text stays");
  readConfiguration(text, bytes);
  return bytes > 0 || fail("/boot/grub/grub.cfg is empty") || andText("");
}
