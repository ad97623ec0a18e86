// The editor in the page's colours. Code keeps to few: comments recede, strings and figures are told apart, the rest is ink.

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--code-type)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--code-function)" },
  { tag: [tags.definition(tags.variableName), tags.labelName], color: "var(--code-definition)", fontWeight: "600" },
  { tag: [tags.meta, tags.annotation, tags.processingInstruction], color: "var(--code-meta)" },
  { tag: tags.special(tags.variableName), color: "var(--code-meta)" },
  { tag: tags.propertyName, color: "var(--code-definition)" },
  { tag: tags.invalid, color: "var(--danger)" },
]);

export const look = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--size)", backgroundColor: "var(--paper)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px", fontVariantLigatures: "none" },
  ".cm-content": { caretColor: "var(--ink)", padding: "4px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--ink-soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "var(--code-line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--code-line)", color: "var(--ink)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection) !important",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--code-match)" },
  ".cm-matchingBracket": { backgroundColor: "var(--code-match)", outline: "none" },
  ".cm-panels": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "none" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-textfield": {
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--hover)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--shadow)",
  },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--hover)",
    border: "none",
    color: "var(--ink-soft)",
    padding: "0 4px",
  },
  ".cm-deletedChunk": { backgroundColor: "var(--code-deleted)" },
  ".cm-changedLine": { backgroundColor: "var(--code-changed)" },
});
