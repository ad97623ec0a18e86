// The shell's statements: what if, while and for make of pipelines.
//
//   list       { statement }
//   statement  pipeline
//            | "if" list "then" list { "elif" list "then" list } [ "else" list ] "fi"
//            | "while" list "do" list "done"
//            | "for" NAME "in" { word } "do" list "done"
//
// These words mean that where a command begins, and only as they stand here, without quotes. A statement may go over many lines.

import { Command, Pipeline, When } from "./syntax.ts";
import { assignedName } from "./variables.ts";

export const enum Kind {
  Pipeline,
  If,
  While,
  For,
}

export class Statement {
  /** Of an if: condition and what it guards, in turns, and at last what else guards. Of a while: condition and body. Of a for: body. */
  lists: Statement[][] = [];
  /** Of a for: the variable and the words that it goes through, as they were written. */
  name: string = "";
  words: string[] = [];

  constructor(
    public kind: Kind,
    public when: When,
    public pipeline: Pipeline | null,
  ) {}
}

/** What is wrong with the pipelines that parseStatements refused; "" if only their end is missing. */
export let statementError: string = "";

/** Puts pipelines together; null, with statementError set, if they are no statements, or not all of them yet. */
export function parseStatements(pipelines: Pipeline[]): Statement[] | null {
  statementError = "";
  return new Parser(pipelines).list([]);
}

const OPENING = ["if", "while", "for"];
const INNER = ["then", "elif", "else", "fi", "do", "done"];

class Parser {
  private at: i32 = 0;
  /** Words at the beginning of this pipeline that have been read as keywords. */
  private taken: i32 = 0;

  constructor(private pipelines: Pipeline[]) {}

  /** Statements up to one of `ends`, or to the end of all where there is none; null: an error, or the end came too early. */
  list(ends: string[]): Statement[] | null {
    const list: Statement[] = [];
    while (this.at < this.pipelines.length) {
      const word = this.keyword;
      if (ends.includes(word)) return list.length > 0 ? list : this.refuse(`no command before ${word}`);
      if (INNER.includes(word)) return this.refuse(`${word} without its beginning`);
      const statement = OPENING.includes(word) ? this.compound(word) : this.simple();
      if (statement === null) return null;
      list.push(statement);
    }
    return ends.length == 0 ? list : null;
  }

  /** The word at which the next command begins, if it is a keyword; else "". */
  private get keyword(): string {
    const words = this.pipelines[this.at].commands[0].words;
    const word = this.taken < words.length ? words[this.taken] : "";
    return OPENING.includes(word) || INNER.includes(word) ? word : "";
  }

  private get when(): When {
    return this.taken == 0 ? this.pipelines[this.at].when : When.Always;
  }

  private refuse(message: string): Statement[] | null {
    statementError = message;
    return null;
  }

  /** Goes behind the keyword; false if nothing but a command can follow it, and there is none. */
  private take(): bool {
    const pipeline = this.pipelines[this.at];
    const command = pipeline.commands[0];
    this.taken++;
    if (this.taken < command.words.length) return true;
    const isAlone = pipeline.commands.length == 1 && !command.isRedirected && !pipeline.isBackground;
    if (!isAlone) statementError = `${command.words[this.taken - 1]} stands alone`;
    this.at++;
    this.taken = 0;
    return isAlone;
  }

  private simple(): Statement {
    const pipeline = this.pipelines[this.at];
    const statement = new Statement(Kind.Pipeline, this.when, pipeline);
    if (this.taken > 0) {
      const rest = new Pipeline();
      rest.isBackground = pipeline.isBackground;
      rest.commands = pipeline.commands.slice(0);
      rest.commands[0] = withoutWords(pipeline.commands[0], this.taken);
      statement.pipeline = rest;
    }
    this.at++;
    this.taken = 0;
    return statement;
  }

  private compound(word: string): Statement | null {
    const statement = new Statement(word == "if" ? Kind.If : word == "while" ? Kind.While : Kind.For, this.when, null);
    let isWhole: bool = false;
    if (word == "for") {
      isWhole = this.forWords(statement) && this.part(statement, ["done"]);
    } else if (word == "while") {
      isWhole = this.part(statement, ["do"]) && this.part(statement, ["done"]);
    } else {
      let end = "elif";
      while (end == "elif") {
        if (!this.part(statement, ["then"]) || !this.part(statement, ["elif", "else", "fi"])) return null;
        end = this.keyword;
      }
      isWhole = end == "fi" || this.part(statement, ["fi"]);
    }
    return isWhole && this.end() ? statement : null;
  }

  /** A list behind the keyword that is next. */
  private part(statement: Statement, ends: string[]): bool {
    if (!this.take()) return false;
    const list = this.list(ends);
    if (list === null) return false;
    statement.lists.push(list);
    return true;
  }

  /** fi or done: what is behind it belongs to another command. */
  private end(): bool {
    const word = this.keyword;
    if (this.take() && this.taken == 0) return true;
    statementError = `${word} stands alone`;
    return false;
  }

  private forWords(statement: Statement): bool {
    const pipeline = this.pipelines[this.at];
    const words = pipeline.commands[0].words;
    const first = this.taken + 3;
    const isName = words.length >= first && assignedName(`${words[first - 2]}=`) != "" && words[first - 1] == "in";
    if (!isName || pipeline.commands.length > 1 || pipeline.commands[0].isRedirected || pipeline.isBackground) {
      statementError = "for NAME in WORD...";
      return false;
    }
    statement.name = words[first - 2];
    statement.words = words.slice(first);
    this.at++;
    this.taken = 0;
    if (this.at == this.pipelines.length) return false;
    if (this.keyword == "do") return true;
    statementError = "no do after for";
    return false;
  }
}

function withoutWords(command: Command, count: i32): Command {
  const rest = new Command();
  rest.words = command.words.slice(count);
  rest.input = command.input;
  rest.output = command.output;
  rest.error = command.error;
  rest.isAppended = command.isAppended;
  rest.joinsError = command.joinsError;
  return rest;
}
