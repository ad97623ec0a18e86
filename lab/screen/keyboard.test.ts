import { beforeEach, expect, test } from "vitest";
import { KeyboardForwarder, type KeyEvent } from "./keyboard.ts";

let told: string[];
let forwarder: KeyboardForwarder;
let prevented = 0;

beforeEach(() => {
  told = [];
  prevented = 0;
  forwarder = new KeyboardForwarder({
    key: (code, down) => told.push(`${down ? "+" : "-"}${code}`),
    leave: () => told.push("leave"),
  });
});

function event(code: string, more: Partial<KeyEvent> = {}): KeyEvent {
  return {
    code,
    key: code,
    repeat: false,
    timeStamp: 0,
    ctrlKey: false,
    shiftKey: false,
    metaKey: false,
    preventDefault: () => {
      prevented++;
    },
    ...more,
  };
}

test("keys go down and up once, and the page does not see them", () => {
  forwarder.down(event("KeyA"));
  forwarder.down(event("KeyA", { repeat: true }));
  forwarder.up(event("KeyA"));
  expect(told).toEqual(["+KeyA", "-KeyA"]);
  expect(prevented).toBe(3);
});

test("Esc twice leaves; Esc, something else, Esc does not", () => {
  const pressEscape = (timeStamp: number) => {
    forwarder.down(event("Escape", { timeStamp }));
    forwarder.up(event("Escape", { timeStamp: timeStamp + 20 }));
  };
  pressEscape(1000);
  pressEscape(1200);
  expect(told).toEqual(["+Escape", "-Escape", "leave"]);
  told.length = 0;
  pressEscape(2000);
  forwarder.down(event("KeyX", { timeStamp: 2100 }));
  pressEscape(2200);
  pressEscape(3000);
  expect(told).not.toContain("leave");
});

test("what is held is let go when the keyboard goes elsewhere", () => {
  forwarder.down(event("ControlLeft"));
  forwarder.down(event("KeyC", { ctrlKey: true }));
  forwarder.releaseAll();
  expect(told).toEqual(["+ControlLeft", "+KeyC", "-ControlLeft", "-KeyC"]);
  forwarder.up(event("KeyC"));
  expect(told).toHaveLength(4);
});

test("paste and a touch keyboard's text are the browser's", () => {
  forwarder.down(event("KeyV", { ctrlKey: true }));
  forwarder.down(event("", { key: "Unidentified" }));
  expect(told).toEqual([]);
  expect(prevented).toBe(0);
});

test("letting go of Meta lets go of all, as macOS tells of no other key", () => {
  forwarder.down(event("MetaLeft"));
  forwarder.down(event("KeyK", { metaKey: true }));
  forwarder.up(event("MetaLeft"));
  expect(told.slice(2).sort()).toEqual(["-KeyK", "-MetaLeft"]);
});
