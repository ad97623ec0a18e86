// MiniOS's threads: who runs, who waits, how much each has run; a thread's calls on request.

import "./inspect.css";
import { useSignal } from "@preact/signals";
import { debuggingOf, workspaceOf } from "../editor/desk.ts";
import type { Session } from "../state/session.ts";
import { type WordKey, word } from "../words/words.ts";
import { readCalls, readThreads, type ThreadInfo, type ThreadState } from "./kernel.ts";
import { hex, useLook } from "./look.ts";
import { GuestReader } from "./reader.ts";

const STATE_WORDS: Record<ThreadState, WordKey> = {
  ready: "threadReady",
  running: "threadRunning",
  blocked: "threadBlocked",
  dead: "threadDead",
};
const STATE_MARKS: Record<ThreadState, string> = { ready: "▷", running: "▶", blocked: "‖", dead: "×" };
/** switchContext leaves four registers on the stack, the last of them EBP, then the address it returns to. */
const SAVED_EBP = 12;
const SAVED_EIP = 16;

interface Look {
  threads: ThreadInfo[] | undefined;
  calls: number[];
}

export function Threads({ session }: { session: Session }) {
  const debugging = debuggingOf(session);
  const workspace = workspaceOf();
  const chosen = useSignal<number | undefined>(undefined);
  const look = useLook(session, async (): Promise<Look> => {
    const lines = debugging.lines.value;
    const reader = new GuestReader(session.client);
    const threads = lines && (await readThreads(reader, lines, (path) => workspace.textOf(path)));
    const thread = threads?.find(({ id }) => id === chosen.value);
    return { threads, calls: thread ? await callsOf(session, reader, thread) : [] };
  }, [chosen.value, debugging.lines.value]);
  if (!look?.threads) return <p class="inspect-empty">{word("noThreads")}</p>;
  const most = Math.max(1, ...look.threads.map(({ tickCount }) => tickCount));
  return (
    <div class="inspect threads">
      <table class="list" aria-label={word("threads")}>
        <thead>
          <tr>
            <th>{word("threadId")}</th>
            <th>{word("threadName")}</th>
            <th>{word("threadState")}</th>
            <th>{word("threadPriority")}</th>
            <th>{word("threadTicks")}</th>
          </tr>
        </thead>
        <tbody>
          {look.threads.map((thread) => (
            <>
              <tr key={thread.id} class="list-row" data-chosen={thread.id === chosen.value}>
                <td class="figure">{thread.id}</td>
                <td>
                  <button
                    type="button"
                    class="link"
                    aria-expanded={thread.id === chosen.value}
                    onClick={() => {
                      chosen.value = thread.id === chosen.value ? undefined : thread.id;
                    }}
                  >
                    {thread.name}
                  </button>
                </td>
                <td data-state={thread.state} class="thread-state">
                  <span aria-hidden="true">{STATE_MARKS[thread.state]}</span> {word(STATE_WORDS[thread.state])}
                  {thread.wakeTick !== undefined && ` · ${word("threadWakes", { tick: thread.wakeTick })}`}
                </td>
                <td class="figure">{thread.priority}</td>
                <td class="figure thread-ticks">
                  <span class="bar-share" style={{ width: `${Math.round((60 * thread.tickCount) / most)}px` }} />
                  {thread.tickCount}
                </td>
              </tr>
              {thread.id === chosen.value && (
                <tr key={`calls-${thread.id}`}>
                  <td colSpan={5}>
                    <Calls session={session} calls={look.calls} />
                  </td>
                </tr>
              )}
            </>
          ))}
        </tbody>
      </table>
    </div>
  );
}

async function callsOf(session: Session, reader: GuestReader, thread: ThreadInfo): Promise<number[]> {
  if (thread.state === "running") {
    const registers = await session.client.call("registers");
    return readCalls(reader, registers["eip"] ?? 0, registers["ebp"] ?? 0);
  }
  const eip = await reader.word(thread.stackPointer + SAVED_EIP);
  return readCalls(reader, eip, await reader.word(thread.stackPointer + SAVED_EBP));
}

/** A stack as a stack: the innermost call on top. */
function Calls({ session, calls }: { session: Session; calls: number[] }) {
  const lines = debuggingOf(session).lines.value;
  return (
    <ol class="calls" aria-label={word("calls")}>
      {calls.map((address, depth) => {
        // A return address stands behind its call.
        const at = depth === 0 ? address : address - 1;
        const place = lines?.placeOf(at);
        return (
          <li key={depth} class="call">
            <span class="call-name">{lines?.functionOf(at)?.name ?? hex(address)}</span>
            {place && (
              <button
                type="button"
                class="link"
                onClick={() => workspaceOf().show(place.path, place.line, place.column)}
              >
                {`${place.path.slice(place.path.lastIndexOf("/") + 1)}:${place.line}`}
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
