// Two panes with a line between them that can be dragged, or moved by the arrow keys. The share of the first is kept.

import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { word } from "../words/words.ts";

const SMALLEST = 0.08;
const KEY_STEP = 0.02;

const clamp = (share: number) => Math.min(1 - SMALLEST, Math.max(SMALLEST, share));

export interface SplitProps {
  /** `row`: side by side; `column`: one above the other. */
  direction: "row" | "column";
  /** Of the first pane: 0 to 1. */
  share: Signal<number>;
  first: ComponentChildren;
  second: ComponentChildren;
}

export function Split({ direction, share, first, second }: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const drag = (event: JSX.TargetedPointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
    const { left, top, width, height } = box.current.getBoundingClientRect();
    share.value = clamp(direction === "row" ? (event.clientX - left) / width : (event.clientY - top) / height);
  };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLDivElement>) => {
    const [less, more] = direction === "row" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    share.value = clamp(share.value + (event.key === more ? KEY_STEP : -KEY_STEP));
  };
  const percent = `${(share.value * 100).toFixed(2)}%`;
  return (
    <div ref={box} class={`split split-${direction}`}>
      <div class="split-pane" style={{ flexBasis: percent, flexGrow: 0, flexShrink: 1 }}>
        {first}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a rule cannot be focused and moved */}
      <div
        class="split-line"
        role="separator"
        tabIndex={0}
        aria-label={word("resizePane")}
        aria-orientation={direction === "row" ? "vertical" : "horizontal"}
        aria-valuenow={Math.round(share.value * 100)}
        aria-valuemin={SMALLEST * 100}
        aria-valuemax={(1 - SMALLEST) * 100}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={onKeyDown}
      />
      <div class="split-pane split-rest">{second}</div>
    </div>
  );
}
