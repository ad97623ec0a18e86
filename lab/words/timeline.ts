// Words of the time line: English, Chinese.

import type { Words } from "./words.ts";

export const timelineWords = {
  timeline: ["Time line", "时间线"],
  timelineText: ["Time line of the threads: {count} spans", "线程时间线：{count} 段"],
  timelineHint: [
    "One row a thread; ticks below are interrupts. Drag to look back, turn the wheel to zoom.",
    "每行一个线程，下方刻度为中断。拖动可回看，滚轮可缩放。",
  ],
  timelineNow: ["Now", "现在"],
  timelineAt: ["{name} · {time} ms", "{name} · {time} 毫秒"],
  timelineSpan: [
    "{name} · from {time} ms for {length} ms, {instructions} instructions · {end}",
    "{name} · 自 {time} 毫秒起 {length} 毫秒，{instructions} 条指令 · {end}",
  ],
  threadNumber: ["thread {id}", "线程 {id}"],
  endReady: ["then another thread's turn", "随后轮到其他线程"],
  endLock: ["then it waits for a lock", "随后等待锁"],
  endBlocked: ["then it waits", "随后等待"],
  endDead: ["then it ends", "随后结束"],
  noTimeline: [
    "The time line shows the threads of a MiniOS kernel that was built here.",
    "时间线显示在此构建的 MiniOS 内核的线程。",
  ],
} satisfies Words;
