// The pane of the screen: the picture, what lies over it when there is none to look at, and its own small bar.

import "./screen.css";
import { Expand, Keyboard, Scaling, Volume2, VolumeX, X } from "lucide-preact";
import { useRef } from "preact/hooks";
import { keyBarOpen } from "../state/layout.ts";
import type { Machines } from "../state/machines.ts";
import type { Session } from "../state/session.ts";
import { isSoundOn, scale } from "../state/settings.ts";
import { word } from "../words/words.ts";
import { KeyBar } from "./key-bar.tsx";
import { Overlay } from "./notice.tsx";
import { Screen } from "./screen.tsx";

export function ScreenPane({ machines }: { machines: Machines }) {
  const session = machines.front.value;
  const several = machines.all.value.length > 1;
  const pane = useRef<HTMLElement>(null);
  const soundWord = word(isSoundOn.value ? "soundOn" : "soundOff");
  const scaleWord = word(scale.value === "fit" ? "scaleFit" : "scaleInteger");
  return (
    <section ref={pane} class="screen-pane" aria-label={word("screen")}>
      <div class="screen-places">
        {machines.all.value.map((each, i) => (
          <div
            key={`machine-${i.toString()}`}
            class={`screen-place${several && each === session ? " screen-front" : ""}`}
            onFocusCapture={() => machines.bringToFront(each)}
          >
            {several && <Caption machines={machines} session={each} />}
            <Screen session={each} />
            <Overlay session={each} />
          </div>
        ))}
      </div>
      {keyBarOpen.value && <KeyBar session={session} />}
      <div class="screen-bar">
        <span class="screen-hint">{word("screenHint")}</span>
        <button
          type="button"
          class="button button-icon"
          aria-label={word("keys")}
          title={word("keys")}
          aria-pressed={keyBarOpen.value}
          onClick={() => {
            keyBarOpen.value = !keyBarOpen.value;
          }}
        >
          <Keyboard aria-hidden="true" />
        </button>
        <button
          type="button"
          class="button button-icon"
          aria-label={soundWord}
          title={soundWord}
          aria-pressed={!isSoundOn.value}
          onClick={() => {
            isSoundOn.value = !isSoundOn.value;
          }}
        >
          {isSoundOn.value ? <Volume2 aria-hidden="true" /> : <VolumeX aria-hidden="true" />}
        </button>
        <button
          type="button"
          class="button button-icon"
          aria-label={scaleWord}
          title={scaleWord}
          aria-pressed={scale.value === "integer"}
          onClick={() => {
            scale.value = scale.value === "fit" ? "integer" : "fit";
          }}
        >
          <Scaling aria-hidden="true" />
        </button>
        <button
          type="button"
          class="button button-icon"
          aria-label={word("fullScreen")}
          title={word("fullScreen")}
          onClick={() => {
            if (document.fullscreenElement) document.exitFullscreen();
            else pane.current?.requestFullscreen();
          }}
        >
          <Expand aria-hidden="true" />
        </button>
      </div>
    </section>
  );
}

/** Which machine a screen is of, where there are several. */
function Caption({ machines, session }: { machines: Machines; session: Session }) {
  const name = session.plan.value?.name ?? "";
  const close = word("closeMachine", { name });
  return (
    <p class="screen-caption">
      {name}
      {session !== machines.main && (
        <button
          type="button"
          class="button button-icon button-small"
          aria-label={close}
          title={close}
          onClick={() => machines.close(session)}
        >
          <X aria-hidden="true" />
        </button>
      )}
    </p>
  );
}
