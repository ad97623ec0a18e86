// What a person reads in place of, or over, the picture: that something is coming, that it waits for a click, or why there is nothing.

import { Play } from "lucide-preact";
import type { ComponentChildren } from "preact";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";

export function Overlay({ session }: { session: Session }) {
  const progress = session.progress.value;
  const failure = session.failure.value;
  const plan = session.plan.value;
  const { state, eip, detail } = session.status.value;
  if (progress) return <Loading loaded={progress.loaded} total={progress.total} />;
  if (failure?.kind === "crash") {
    return (
      <Notice title={word("brokenTitle")} body={word("brokenBody")} detail={failure.message}>
        <Restart session={session} />
      </Notice>
    );
  }
  if (failure) {
    return (
      <Notice title={word("refusedTitle")} detail={failure.message}>
        <button type="button" class="button button-main button-plain" onClick={() => session.forgive()}>
          {word("dismiss")}
        </button>
      </Notice>
    );
  }
  if (state === "empty" && plan) return <Start session={session} name={plan.name} />;
  const at = { eip: eip.toString(16).padStart(8, "0") };
  switch (state) {
    case "off":
      return <Ended text={detail ?? word("offTitle")} session={session} />;
    case "dead":
      return (
        <Notice title={word("deadTitle")} body={detail ?? word("deadBody", at)}>
          <Restart session={session} />
        </Notice>
      );
    case "halted":
      return <Ended text={word("haltedBody", at)} session={session} />;
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

/** Nothing runs before the person wants it: in a frame of somebody's page. */
function Start({ session, name }: { session: Session; name: string }) {
  return (
    <div class="start">
      <button type="button" class="button button-main button-large" onClick={() => session.restart()}>
        <Play aria-hidden="true" />
        {word("startHere", { name })}
      </button>
    </div>
  );
}

interface NoticeProps {
  title: string;
  body?: string;
  detail?: string;
  children: ComponentChildren;
}

function Notice({ title, body, detail, children }: NoticeProps) {
  return (
    <div class="overlay" role="alert">
      <p class="overlay-title">{title}</p>
      {body !== undefined && <p class="overlay-body">{body}</p>}
      {detail !== undefined && <pre class="overlay-detail">{detail}</pre>}
      {children}
    </div>
  );
}

/** An end that is no accident: a line, which leaves the last picture to be read. */
function Ended({ text, session }: { text: string; session: Session }) {
  return (
    <div class="ended" role="status">
      <span class="ended-text">{text}</span>
      <Restart session={session} />
    </div>
  );
}

function Restart({ session }: { session: Session }) {
  return (
    <button type="button" class="button button-main button-plain" onClick={() => session.restart()}>
      {word("restart")}
    </button>
  );
}
