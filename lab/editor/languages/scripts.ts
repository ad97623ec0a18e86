// The small languages around a kernel: linker scripts, GRUB's menus, and files of `name = value` lines (domain files, bochsrc).

import type { StreamParser } from "@codemirror/language";

interface State {
  inComment: boolean;
}

interface Words {
  name: string;
  /** Words that the language gives a meaning. */
  keyword: RegExp;
  lineComment: RegExp | undefined;
  blockComments: boolean;
  /** A name that is being set. */
  setting: RegExp | undefined;
  variable: RegExp | undefined;
}

const STRING = /^("([^"\\]|\\.)*"?|'[^']*'?)/;
const NUMBER = /^(0x[\da-f]+|\d+)[km]?\b/i;
const WORD = /^[\w.$*/-]+/;

function parserOf(words: Words): StreamParser<State> {
  return {
    name: words.name,
    startState: () => ({ inComment: false }),
    token(stream, state) {
      if (!state.inComment && words.blockComments && stream.match("/*")) state.inComment = true;
      if (state.inComment) {
        if (stream.skipTo("*/")) {
          stream.match("*/");
          state.inComment = false;
        } else stream.skipToEnd();
        return "comment";
      }
      if (stream.eatSpace()) return null;
      if (words.lineComment && stream.match(words.lineComment)) return "comment";
      if (stream.match(STRING)) return "string";
      if (words.variable && stream.match(words.variable)) return "variableName.special";
      if (stream.match(words.keyword)) return "keyword";
      if (words.setting && stream.match(words.setting)) return "propertyName";
      if (stream.match(NUMBER)) return "number";
      if (stream.match(WORD)) return "variableName";
      stream.next();
      return "punctuation";
    },
    ...(words.lineComment && { languageData: { commentTokens: { line: "#" } } }),
  };
}

export const linkerScript = parserOf({
  name: "linker script",
  keyword:
    /^(ENTRY|SECTIONS|MEMORY|PHDRS|OUTPUT_FORMAT|OUTPUT_ARCH|PROVIDE(_HIDDEN)?|KEEP|ALIGN|SUBALIGN|SIZEOF(_HEADERS)?|ADDR|LOADADDR|AT|ASSERT|BYTE|SHORT|LONG|QUAD|FILL|INCLUDE|INPUT|GROUP|EXTERN|OVERLAY|INSERT|AFTER|BEFORE|VERSION|SORT(_BY_\w+)?|EXCLUDE_FILE|NOLOAD|COPY|INFO|ORIGIN|LENGTH|DEFINED|MAX|MIN|CONSTANT|COMMON)\b/,
  lineComment: undefined,
  blockComments: true,
  setting: undefined,
  variable: /^\.(?=[\s=+;)])/,
});

export const grubMenu = parserOf({
  name: "GRUB menu",
  keyword:
    /^(set|menuentry|submenu|multiboot2?|module2?|linux(16)?|initrd(16)?|chainloader|boot|insmod|search|if|then|elif|else|fi|for|while|do|done|function|echo|configfile|terminal_(in|out)put|serial|export|source|return|reboot|halt)\b/,
  lineComment: /^#.*/,
  blockComments: false,
  setting: /^[A-Za-z_]\w*(?==)/,
  variable: /^\$(\{\w+\}|\w+)/,
});

export const settings = parserOf({
  name: "settings",
  keyword: /^(true|false|enabled|disabled|destroy|restart|preserve)\b/i,
  lineComment: /^#.*/,
  blockComments: false,
  setting: /^[A-Za-z_][\w-]*(?=\s*[=:])/,
  variable: undefined,
});
