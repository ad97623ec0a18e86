// The page: tool bar above, the screen as its heart, the views around it where there are any.

import { ScreenPane } from "../screen/pane.tsx";
import { bottomShare, frontView, leftShare, screenShare } from "../state/layout.ts";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import { Help } from "./help.tsx";
import { Later } from "./later.tsx";
import { Split } from "./split.tsx";
import { Tabs } from "./tabs.tsx";
import { ToolBar } from "./toolbar.tsx";
import { viewsAt } from "./views.ts";

export function App({ session }: { session: Session }) {
  const [left] = viewsAt("left");
  const [bottom] = viewsAt("bottom");
  const right = (
    <Split
      direction="column"
      share={screenShare}
      first={<ScreenPane session={session} />}
      second={<Below session={session} />}
    />
  );
  const middle = left ? (
    <Split direction="row" share={leftShare} first={<Later view={left} session={session} />} second={right} />
  ) : (
    right
  );
  return (
    <>
      <ToolBar session={session} />
      <main class="main">
        {bottom ? (
          <Split
            direction="column"
            share={bottomShare}
            first={middle}
            second={<Later view={bottom} session={session} />}
          />
        ) : (
          middle
        )}
      </main>
      <Help />
    </>
  );
}

function Below({ session }: { session: Session }) {
  const below = viewsAt("below");
  const front = below.find((view) => view.id === frontView.value) ?? below[0];
  if (frontView.value !== front.id) frontView.value = front.id;
  return (
    <Tabs label={word("panes")} tabs={below.map(({ id, title }) => ({ id, title: word(title) }))} front={frontView}>
      <Later view={front} session={session} />
    </Tabs>
  );
}
