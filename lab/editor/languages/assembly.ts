// Assembly for the editor: GNU's syntax (AT&T or Intel operands) and NASM's. It colours by position, not by a list of instructions:
// what stands first on a line is the instruction, and whether there is such a one the assembler says.

import type { StreamParser, StringStream } from "@codemirror/language";

interface Dialect {
  /** From here to the end of the line. */
  lineComment: RegExp;
  /** Whether there are C's comments. */
  blockComments: boolean;
  /** A word that tells the assembler something. */
  directive: RegExp;
  string: RegExp;
}

interface State {
  inComment: boolean;
  /** Still to come on this line: the instruction (or a label before it), or its operands. */
  expects: "instruction" | "operands";
}

const GNU: Dialect = {
  lineComment: /^(#|\/\/).*/,
  blockComments: true,
  directive: /^\.[\w.$]+/,
  string: /^"([^"\\]|\\.)*"?/,
};

const NASM: Dialect = {
  lineComment: /^;.*/,
  blockComments: false,
  directive:
    /^(%[-+!?]?\w+|(bits|use16|use32|section|segment|global|extern|common|static|org|align|alignb|absolute|cpu|default|struc|endstruc|istruc|iend|times|equ|incbin|d[bwdqtoyz]|res[bwdqtoyz])\b)/i,
  string: /^("[^"]*"?|'[^']*'?|`([^`\\]|\\.)*`?)/,
};

const LABEL = /^[\w.$@?~#]+:/;
const WORD = /^[\w.$@?~]+/;
const NUMBER = /^\$?-?(0x[\da-f]+|0b[01]+|0o[0-7]+|\d[\da-f]*h\b|\d+(\.\d+)?(e[-+]?\d+)?)\b/i;
const REGISTER =
  /^%?\b(e?[abcd]x|[abcd][hl]|e?(si|di|bp|sp|ip)|[cdefgs]s|[cdt]r[0-7]|st(\([0-7]\)|[0-7])?|x?mm[0-7]|eflags|[gi]dtr|ldtr|tr)\b/i;
const PREFIX = /^(rep(n?[ez])?|lock|data16|data32|addr16|addr32)$/i;

function parserOf(name: string, dialect: Dialect): StreamParser<State> {
  return {
    name,
    startState: () => ({ inComment: false, expects: "instruction" }),
    token(stream, state) {
      if (stream.sol()) state.expects = "instruction";
      if (state.inComment) return blockComment(stream, state);
      if (stream.eatSpace()) return null;
      if (dialect.blockComments && stream.match("/*")) {
        state.inComment = true;
        return blockComment(stream, state);
      }
      if (stream.match(dialect.lineComment)) return "comment";
      if (stream.match(dialect.string)) return "string";
      if (state.expects === "instruction") {
        if (stream.match(LABEL)) return "labelName";
        if (stream.match(dialect.directive)) {
          state.expects = "operands";
          return "meta";
        }
        const word = stream.match(WORD);
        if (word) {
          if (word === true || !PREFIX.test(word[0])) state.expects = "operands";
          return "keyword";
        }
      }
      if (stream.match(";")) {
        state.expects = "instruction";
        return "punctuation";
      }
      if (stream.match(NUMBER)) return "number";
      if (stream.match(REGISTER)) return "variableName.special";
      // NASM's directives may follow a label without a colon: `table dd 1`.
      if (!dialect.blockComments && stream.match(dialect.directive)) return "meta";
      if (stream.match(WORD)) return "variableName";
      stream.next();
      return null;
    },
    languageData: { commentTokens: { line: name === "nasm" ? ";" : "#" } },
  };
}

function blockComment(stream: StringStream, state: State): string {
  if (stream.skipTo("*/")) {
    stream.match("*/");
    state.inComment = false;
  } else stream.skipToEnd();
  return "comment";
}

export const gnuAssembly = parserOf("gas", GNU);
export const nasmAssembly = parserOf("nasm", NASM);
