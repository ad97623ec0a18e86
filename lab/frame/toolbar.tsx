// The tool bar: what the machine is, its buttons, how fast it goes, what it is doing.

import { CircleHelp, FolderOpen, Moon, Pause, Play, RotateCcw, StepForward, Sun, SunMoon } from "lucide-preact";
import { openDialog } from "../files/dialog.tsx";
import type { Machines } from "../state/machines.ts";
import type { Session } from "../state/session.ts";
import { language, theme } from "../state/settings.ts";
import { type WordKey, word } from "../words/words.ts";
import { helpOpen } from "./help.tsx";
import { SPEEDS, speedText, stopOf } from "./speeds.ts";

const STATE_WORDS: Record<Session["status"]["value"]["state"], WordKey> = {
  empty: "stateEmpty",
  running: "stateRunning",
  paused: "statePaused",
  halted: "stateHalted",
  off: "stateOff",
  dead: "stateDead",
};

const THEMES = ["system", "light", "dark"] as const;
const THEME_WORDS = { system: "themeSystem", light: "themeLight", dark: "themeDark" } as const;
const THEME_ICONS = { system: SunMoon, light: Sun, dark: Moon };

export function ToolBar({ machines }: { machines: Machines }) {
  const session = machines.front.value;
  const name = session.plan.value?.name ?? "";
  return (
    <header class="bar">
      <h1 class="brand">MiniOS</h1>
      <button
        type="button"
        class="button"
        data-command="open"
        title={name}
        onClick={() => {
          openDialog.value = true;
        }}
      >
        <FolderOpen aria-hidden="true" />
        <span class="wide">{word("openButton")}</span>
      </button>
      <Controls session={session} />
      <Speed session={session} />
      <Status session={session} />
      <div class="bar-end">
        <HelpButton />
        <ThemeButton />
        <LanguageButton />
      </div>
    </header>
  );
}

function Controls({ session }: { session: Session }) {
  const { state } = session.status.value;
  const isRunning = state === "running";
  const isStopped = state === "empty" || state === "off";
  return (
    <div class="bar-group" role="toolbar" aria-label={word("toolBar")}>
      <button
        type="button"
        class="button button-main"
        data-command="run"
        disabled={isStopped}
        onClick={() => session.toggle()}
      >
        {isRunning ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
        {word(isRunning ? "pause" : "run")}
      </button>
      <button
        type="button"
        class="button"
        data-command="step"
        title={word("stepHint")}
        disabled={isStopped || state === "dead"}
        onClick={() => session.client.tell("step", 1)}
      >
        <StepForward aria-hidden="true" />
        <span class="wide">{word("step")}</span>
      </button>
      <button
        type="button"
        class="button"
        data-command="reset"
        title={word("resetHint")}
        disabled={state === "empty"}
        onClick={() => session.reset()}
      >
        <RotateCcw aria-hidden="true" />
        <span class="wide">{word("reset")}</span>
      </button>
    </div>
  );
}

function Speed({ session }: { session: Session }) {
  const text = speedText(session.speed.value);
  return (
    <label class="speed">
      <span class="unseen">{word("speed")}</span>
      <input
        type="range"
        min={0}
        max={SPEEDS.length - 1}
        value={stopOf(session.speed.value)}
        aria-valuetext={text}
        onInput={(event) => session.setSpeed(SPEEDS[Number(event.currentTarget.value)])}
      />
      <span class="figure speed-text">{text}</span>
    </label>
  );
}

function Status({ session }: { session: Session }) {
  const { state, mips, load, timeNs } = session.status.value;
  const isRunning = state === "running";
  const isLoading = session.progress.value !== undefined;
  const speed = load < 0.05 ? word("idle") : word("mips", { count: mips < 10 ? mips.toFixed(1) : Math.round(mips) });
  return (
    <output class="status figure" data-state={isLoading ? "loading" : state}>
      <span class="status-mark" aria-hidden="true" />
      <span>{word(isLoading ? "stateLoading" : STATE_WORDS[state])}</span>
      {isRunning && <span class="wide">{speed}</span>}
      {state !== "empty" && <span class="wide">{word("seconds", { count: (timeNs / 1e9).toFixed(1) })}</span>}
    </output>
  );
}

function HelpButton() {
  return (
    <button
      type="button"
      class="button button-icon button-help"
      aria-label={word("shortcuts")}
      title={`${word("shortcuts")} (?)`}
      onClick={() => {
        helpOpen.value = true;
      }}
    >
      <CircleHelp aria-hidden="true" />
    </button>
  );
}

function ThemeButton() {
  const label = word(THEME_WORDS[theme.value]);
  const Icon = THEME_ICONS[theme.value];
  return (
    <button
      type="button"
      class="button button-icon button-theme"
      aria-label={label}
      title={label}
      onClick={() => {
        theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length];
      }}
    >
      <Icon aria-hidden="true" />
    </button>
  );
}

function LanguageButton() {
  return (
    <button
      type="button"
      class="button"
      lang={language.value === "en" ? "zh-Hans" : "en"}
      onClick={() => {
        language.value = language.value === "en" ? "zh" : "en";
      }}
    >
      {word("otherLanguage")}
    </button>
  );
}
