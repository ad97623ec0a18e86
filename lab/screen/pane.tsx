// The pane of the screen: the picture, what lies over it when there is none to look at, and its own small bar.

import "./screen.css";
import { Expand, Keyboard, Scaling } from "lucide-preact";
import { useRef } from "preact/hooks";
import { keyBarOpen } from "../state/layout.ts";
import type { Session } from "../state/session.ts";
import { scale } from "../state/settings.ts";
import { word } from "../words/words.ts";
import { KeyBar } from "./key-bar.tsx";
import { Screen } from "./screen.tsx";

export function ScreenPane({ session }: { session: Session }) {
  const pane = useRef<HTMLElement>(null);
  const scaleWord = word(scale.value === "fit" ? "scaleFit" : "scaleInteger");
  return (
    <section ref={pane} class="screen-pane" aria-label={word("screen")}>
      <div class="screen-place">
        <Screen session={session} />
        <Overlay session={session} />
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

/** What a person reads in place of, or over, the picture. */
function Overlay({ session }: { session: Session }) {
  const progress = session.progress.value;
  const failure = session.failure.value;
  const { state, eip, detail } = session.status.value;
  if (progress) return <Loading loaded={progress.loaded} total={progress.total} />;
  if (failure) {
    const isCrash = failure.kind === "crash";
    const title = word(isCrash ? "brokenTitle" : "failedTitle");
    return (
      <Notice
        title={title}
        body={isCrash ? word("brokenBody") : undefined}
        detail={failure.message}
        session={session}
      />
    );
  }
  const at = { eip: eip.toString(16).padStart(8, "0") };
  switch (state) {
    case "off":
      return <Notice title={detail ?? word("offTitle")} session={session} />;
    case "dead":
      return <Notice title={word("deadTitle")} body={detail ?? word("deadBody", at)} session={session} />;
    case "halted":
      return <Notice title={word("haltedTitle")} body={word("haltedBody", at)} session={session} />;
    default:
      return null;
  }
}

function Loading({ loaded, total }: { loaded: number; total: number }) {
  const percent = total > 0 ? Math.round((loaded / total) * 100) : 0;
  return (
    <div class="overlay overlay-whole" role="status">
      <p class="overlay-title">{percent < 100 ? word("loading", { percent }) : word("starting")}</p>
      <progress class="loading" value={percent} max={100} aria-label={word("starting")} />
    </div>
  );
}

interface NoticeProps {
  title: string;
  body?: string;
  detail?: string;
  session: Session;
}

function Notice({ title, body, detail, session }: NoticeProps) {
  return (
    <div class="overlay" role="alert">
      <p class="overlay-title">{title}</p>
      {body !== undefined && <p class="overlay-body">{body}</p>}
      {detail !== undefined && <pre class="overlay-detail">{detail}</pre>}
      <button type="button" class="button button-main" onClick={() => session.restart()}>
        {word("restart")}
      </button>
    </div>
  );
}
