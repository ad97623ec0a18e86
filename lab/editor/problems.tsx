// What the build complains about, as a list: a click goes there.

import { CircleX, TriangleAlert } from "lucide-preact";
import { word } from "../words/words.ts";
import type { Workspace } from "./workspace.ts";

export function Problems({ workspace }: { workspace: Workspace }) {
  const problems = workspace.problems.value;
  const build = workspace.build.value;
  if (build.kind === "broken") {
    return (
      <div class="problems" role="alert">
        <p class="problems-broken">{word("toolchainBroken", { message: build.message })}</p>
      </div>
    );
  }
  if (problems.length === 0) return null;
  return (
    <section class="problems" aria-label={word("problems", { count: problems.length })}>
      <h2 class="problems-title">{word("problems", { count: problems.length })}</h2>
      <ul class="problems-list">
        {problems.map(({ severity, message, file, line, column }) => (
          <li key={`${file}:${line}:${column}:${message}`}>
            <button
              type="button"
              class="problem"
              disabled={file === undefined}
              onClick={() => workspace.show(file, line ?? 1, column ?? 1)}
            >
              {severity === "error" ? (
                <CircleX class="problem-error" aria-label={word("error")} />
              ) : (
                <TriangleAlert class="problem-warning" aria-label={word("warning")} />
              )}
              <span class="problem-message">{message}</span>
              {file !== undefined && (
                <span class="problem-place">
                  {line === undefined ? file : `${file}:${line}${column ? `:${column}` : ""}`}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
