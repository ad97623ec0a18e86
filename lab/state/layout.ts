// The panes: how large they are and which view is in front. Kept for the next visit.

import { kept } from "./storage.ts";

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0.05 && value <= 0.95;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** Share of the width that the left place (the editor) has. */
export const leftShare = kept("layout.left", 0.44, isShare);
/** Share of the right column's height that the screen has. */
export const screenShare = kept("layout.screen", 0.66, isShare);
/** Share of the height that all but the bottom place (the time line) has. */
export const middleShare = kept("layout.middle", 0.84, isShare);
/** The view in front below the screen. */
export const frontView = kept("layout.view", "threads", isText);
/** The first visit's hint was put away. */
export const isHintSeen = kept("layout.hintSeen", false, isBoolean);
/** The bar of special keys is open. */
export const keyBarOpen = kept("layout.keyBar", false, isBoolean);
/** The tree of files is shown, and its share of the editor's width. */
export const treeOpen = kept("layout.tree", true, isBoolean);
export const treeShare = kept("layout.treeShare", 0.24, isShare);
