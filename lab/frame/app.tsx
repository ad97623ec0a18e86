// The page: tool bar above, the screen as its heart, the views around it where there is room. On a narrow page the views are tabs below
// the screen; in a frame of another page there is the screen alone.

import { OpenDialog } from "../files/dialog.tsx";
import { DropTarget } from "../files/drop.tsx";
import { ScreenPane } from "../screen/pane.tsx";
import { frontView, leftShare, middleShare, screenShare } from "../state/layout.ts";
import type { Machines } from "../state/machines.ts";
import { word } from "../words/words.ts";
import { Help } from "./help.tsx";
import { Hint } from "./hint.tsx";
import { Later } from "./later.tsx";
import { isNarrow } from "./narrow.ts";
import { Split } from "./split.tsx";
import { Tabs } from "./tabs.tsx";
import { ToolBar } from "./toolbar.tsx";
import { type View, viewsAt } from "./views.ts";

export function App({ machines, layout }: { machines: Machines; layout: "full" | "screen" }) {
  if (layout === "screen") {
    return (
      <main class="main">
        <ScreenPane machines={machines} />
      </main>
    );
  }
  return (
    <>
      <ToolBar machines={machines} />
      {!isNarrow.value && <Hint />}
      <main class="main">{isNarrow.value ? <Narrow machines={machines} /> : <Wide machines={machines} />}</main>
      <OpenDialog machines={machines} />
      <DropTarget machines={machines} />
      <Help />
    </>
  );
}

function Wide({ machines }: { machines: Machines }) {
  const [left] = viewsAt("left");
  const [bottom] = viewsAt("bottom");
  const right = (
    <Split
      direction="column"
      share={screenShare}
      first={<ScreenPane machines={machines} />}
      second={<ViewTabs machines={machines} among={viewsAt("below")} />}
    />
  );
  const middle = left ? (
    <Split direction="row" share={leftShare} first={<Later view={left} session={machines.main} />} second={right} />
  ) : (
    right
  );
  if (!bottom) return middle;
  const below = <Later view={bottom} session={machines.front.value} />;
  return <Split direction="column" share={middleShare} first={middle} second={below} />;
}

function Narrow({ machines }: { machines: Machines }) {
  return (
    <div class="narrow">
      <ScreenPane machines={machines} />
      <ViewTabs machines={machines} among={[...viewsAt("below"), ...viewsAt("left"), ...viewsAt("bottom")]} />
    </div>
  );
}

function ViewTabs({ machines, among }: { machines: Machines; among: readonly View[] }) {
  const front = among.find((view) => view.id === frontView.value) ?? among[0];
  const tabs = among.map(({ id, title }) => ({ id, title: word(title) }));
  // The editor's builds go into the main machine; what looks at a machine looks at the one in front.
  const session = front.place === "left" ? machines.main : machines.front.value;
  return (
    <Tabs label={word("panes")} tabs={tabs} front={frontView} shown={front.id}>
      <Later key={front.id} view={front} session={session} />
    </Tabs>
  );
}
