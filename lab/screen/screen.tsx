// The guest's screen: the picture, its keyboard, selecting and pasting text. It looks like a text field, because it is one: the ring
// shows whether keys go to the guest.

import { useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../state/session.ts";
import { scale } from "../state/settings.ts";
import { word } from "../words/words.ts";
import { isCopy, KeyboardForwarder, type KeyEvent } from "./keyboard.ts";
import { Painter } from "./painter.ts";
import { type Cell, type Selection, selectionOf, textOf, type Unit } from "./selection.ts";
import { placeOf } from "./size.ts";

/** A VGA's cursor changes every 16 frames of 70 a second. */
const BLINK_MS = 229;
/** How often a screen reader is told of new text, at most. */
const ANNOUNCE_MS = 500;

export function Screen({ session }: { session: Session }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const keys = useRef<HTMLTextAreaElement>(null);
  const painter = useRef<Painter>();
  const text = useSignal("");
  const news = useSignal("");
  const focused = useSignal(false);
  const selection = useRef<Selection>();

  const forwarder = useRef(
    new KeyboardForwarder({
      key: (code, down) => session.client.tell("key", code, down),
      leave: () => keys.current?.blur(),
    }),
  );

  const place = () => {
    const [outer, inner, paint] = [frame.current, canvas.current, painter.current];
    if (!outer || !inner || !paint) return;
    const { width, height } = placeOf(
      paint.pictureSize,
      { width: outer.clientWidth, height: outer.clientHeight },
      scale.value,
      devicePixelRatio,
    );
    inner.style.width = `${width}px`;
    inner.style.height = `${height}px`;
    paint.fit({ width: width * devicePixelRatio, height: height * devicePixelRatio });
  };

  useEffect(() => {
    if (!canvas.current || !frame.current) return;
    const paint = new Painter(canvas.current);
    painter.current = paint;
    let request = 0;
    let blinkOff = false;
    let announced = "";
    const show = () => {
      request = 0;
      const { picture } = session;
      if (!picture) return;
      blinkOff = false;
      selection.current = undefined;
      if (paint.show(picture)) place();
      text.value = paint.text?.lines.join("\n").trimEnd() ?? "";
      session.client.tell("shown");
    };
    const ask = () => {
      if (request === 0) request = requestAnimationFrame(show);
    };
    session.onPicture = ask;
    ask();
    place();
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const blinking = setInterval(() => {
      if (still.matches || document.hidden || !paint.blinks || selection.current) return;
      blinkOff = !blinkOff;
      paint.draw({ blinkOff });
    }, BLINK_MS);
    const announcing = setInterval(() => {
      if (text.value === announced) return;
      news.value = newLines(announced, text.value);
      announced = text.value;
    }, ANNOUNCE_MS);
    const sizes = new ResizeObserver(place);
    sizes.observe(frame.current);
    return () => {
      session.onPicture = undefined;
      cancelAnimationFrame(request);
      clearInterval(blinking);
      clearInterval(announcing);
      sizes.disconnect();
    };
  }, [session]);
  useSignalEffect(() => {
    scale.value;
    place();
  });

  const cellAt = (event: MouseEvent): Cell | undefined => {
    const shown = painter.current?.text;
    const box = canvas.current?.getBoundingClientRect();
    if (!shown || !box) return undefined;
    const clamp = (value: number, most: number) => Math.max(0, Math.min(most - 1, Math.floor(value)));
    return {
      column: clamp(((event.clientX - box.left) / box.width) * shown.columns, shown.columns),
      row: clamp(((event.clientY - box.top) / box.height) * shown.rows, shown.rows),
    };
  };

  const select = (anchor: Cell, head: Cell, unit: Unit) => {
    const shown = painter.current?.text;
    if (!shown) return;
    const isPoint = unit === "cell" && anchor.row === head.row && anchor.column === head.column;
    if (isPoint && !selection.current) return;
    selection.current = isPoint ? undefined : selectionOf(anchor, head, unit, shown.lines, shown.columns);
    painter.current?.draw({ selection: selection.current });
  };

  const onMouseDown = (event: JSX.TargetedMouseEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    keys.current?.focus({ preventScroll: true });
    const anchor = cellAt(event);
    if (!anchor) return;
    const unit = event.detail >= 3 ? "line" : event.detail === 2 ? "word" : "cell";
    select(anchor, anchor, unit);
    const move = (moved: MouseEvent) => {
      const head = cellAt(moved);
      if (head) select(anchor, head, unit);
    };
    const up = () => window.removeEventListener("mousemove", move);
    window.addEventListener("mousemove", move);
    window.addEventListener("mouseup", up, { once: true });
  };

  const copy = (): boolean => {
    const shown = painter.current?.text;
    if (!selection.current || !shown) return false;
    navigator.clipboard?.writeText(textOf(selection.current, shown.lines, shown.columns)).catch(() => {});
    selection.current = undefined;
    painter.current?.draw({});
    return true;
  };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    const key: KeyEvent = event;
    if (isCopy(key) && copy()) {
      event.preventDefault();
      return;
    }
    forwarder.current.down(key);
  };
  const onInput = (event: JSX.TargetedInputEvent<HTMLTextAreaElement>) => {
    // What a touch keyboard or an input method wrote.
    const field = event.currentTarget;
    if (event.isComposing) return;
    if (event.inputType === "deleteContentBackward") session.client.tell("type", "\b");
    else if (field.value !== "") session.client.tell("type", field.value);
    field.value = "";
  };
  const onPaste = (event: JSX.TargetedClipboardEvent<HTMLTextAreaElement>) => {
    event.preventDefault();
    const pasted = event.clipboardData?.getData("text/plain").replaceAll("\r\n", "\n");
    if (pasted) session.client.tell("type", pasted);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the mouse selects; the keyboard is the text field's inside
    <div ref={frame} class={`screen${focused.value ? " screen-focused" : ""}`} onMouseDown={onMouseDown}>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus */}
      <canvas ref={canvas} class="screen-picture" aria-hidden="true" />
      <textarea
        ref={keys}
        class="screen-keys"
        data-screen-keys=""
        aria-label={word("screenKeys")}
        aria-describedby="screen-hint"
        autocapitalize="off"
        autocomplete="off"
        spellcheck={false}
        onKeyDown={onKeyDown}
        onKeyUp={(event) => forwarder.current.up(event)}
        onInput={onInput}
        onCompositionEnd={(event) => {
          if (event.data) session.client.tell("type", event.data);
          event.currentTarget.value = "";
        }}
        onPaste={onPaste}
        onFocus={() => {
          focused.value = true;
        }}
        onBlur={() => {
          focused.value = false;
          forwarder.current.releaseAll();
        }}
      />
      <p id="screen-hint" class="unseen">
        {word("leaveHint")}
      </p>
      <section class="unseen" aria-label={word("screenText")}>
        <pre data-screen-text>{text}</pre>
      </section>
      <div class="unseen" aria-live="polite">
        {news}
      </div>
    </div>
  );
}

/** The lines that were not there before, for a screen reader. */
function newLines(before: string, after: string): string {
  const known = new Set(before.split("\n"));
  return after
    .split("\n")
    .filter((line) => !known.has(line))
    .join("\n");
}
