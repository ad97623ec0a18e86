// The shell's language: from a line to what shall be run.
//
//   line      pipeline { ( ";" | "&" | "&&" | "||" ) pipeline }
//   pipeline  command { "|" command }
//   command   { word | "<" word | ">" word | ">>" word | "2>" word | "2>&1" }
//
// Words: 'as it is', "as it is but for $", \c; $NAME, $?, $1; * and ? stand for names of files; # starts a comment.

import { expandPattern } from "./pattern.ts";
import { variable } from "./variables.ts";

export class Command {
  words: string[] = [];
  /** Files for the input and the outputs; "": as the shell's. */
  input: string = "";
  output: string = "";
  error: string = "";
  isAppended: bool = false;
  /** Errors go where the output goes. */
  joinsError: bool = false;

  get isRedirected(): bool {
    return this.input != "" || this.output != "" || this.error != "" || this.joinsError;
  }
}

/** When a pipeline runs, by how the one before it ended. */
export const enum When {
  Always,
  AfterSuccess,
  AfterFailure,
}

export class Pipeline {
  commands: Command[] = [];
  when: When = When.Always;
  /** Nobody waits for it. */
  isBackground: bool = false;
}

/** What is wrong with the line that parseLine refused. */
export let syntaxError: string = "";

const enum Kind {
  Word,
  Operator,
  End,
}

/** Takes a line apart; null, with syntaxError set, if it makes no sense. Variables have the values of now. */
export function parseLine(line: string): Pipeline[] | null {
  const scanner = new Scanner(line);
  const pipelines: Pipeline[] = [];
  let pipeline = new Pipeline();
  let command = new Command();
  let when = When.Always;
  while (true) {
    if (!scanner.next()) return null;
    if (scanner.isWord) {
      for (let i = 0; i < scanner.words.length; i++) command.words.push(scanner.words[i]);
      continue;
    }
    const operator = scanner.operator;
    if (operator == "2>&1") {
      command.joinsError = true;
      continue;
    }
    if (scanner.kind === Kind.Operator && isRedirection(operator)) {
      if (!scanner.next()) return null;
      if (!scanner.isWord || scanner.words.length != 1) return refuse(`no file after ${operator}`);
      redirect(command, operator, scanner.words[0]);
      continue;
    }
    const isEmpty = command.words.length == 0;
    if (isEmpty && command.isRedirected) return refuse("a redirection without a command");
    if (operator == "|" || (isEmpty && pipeline.commands.length > 0)) {
      if (isEmpty) return refuse("no command beside |");
      pipeline.commands.push(command);
      command = new Command();
      continue;
    }
    if (!isEmpty) {
      pipeline.commands.push(command);
      pipeline.when = when;
      pipeline.isBackground = operator == "&";
      pipelines.push(pipeline);
      pipeline = new Pipeline();
      command = new Command();
    } else if (operator != ";" && scanner.kind === Kind.Operator) {
      return refuse(`no command before ${operator}`);
    } else if (when !== When.Always) {
      return refuse("no command at the end");
    }
    if (scanner.kind === Kind.End) return pipelines;
    when = operator == "&&" ? When.AfterSuccess : operator == "||" ? When.AfterFailure : When.Always;
  }
}

function refuse(message: string): Pipeline[] | null {
  syntaxError = message;
  return null;
}

function isRedirection(operator: string): bool {
  return operator == "<" || operator == ">" || operator == ">>" || operator == "2>";
}

function redirect(command: Command, operator: string, file: string): void {
  if (operator == "<") {
    command.input = file;
  } else if (operator == "2>") {
    command.error = file;
  } else {
    command.output = file;
    command.isAppended = operator == ">>";
  }
}

/** The words and operators of a line, one after the other. */
class Scanner {
  kind: Kind = Kind.End;
  operator: string = "";
  /** The words that the word has become: one, or the files that a pattern stands for. */
  words: string[] = [];
  private at: i32 = 0;

  constructor(private line: string) {}

  get isWord(): bool {
    return this.kind === Kind.Word;
  }

  /** Goes to the next word or operator; false, with syntaxError set, if a quote has no end. */
  next(): bool {
    while (this.peek() == " " || this.peek() == "\t") this.at++;
    const first = this.peek();
    this.operator = "";
    if (first == "" || first == "#") {
      this.kind = Kind.End;
      return true;
    }
    this.kind = Kind.Operator;
    if (this.line.substring(this.at, this.at + 4) == "2>&1") {
      this.operator = "2>&1";
      this.at += 4;
      return true;
    }
    const two = first + (this.at + 1 < this.line.length ? this.line.charAt(this.at + 1) : "");
    if (two == "&&" || two == "||" || two == ">>" || two == "2>") {
      this.operator = two;
      this.at += 2;
      return true;
    }
    if (isOperator(first)) {
      this.operator = first;
      this.at++;
      return true;
    }
    this.kind = Kind.Word;
    return this.word();
  }

  private peek(): string {
    return this.at < this.line.length ? this.line.charAt(this.at) : "";
  }

  private word(): bool {
    let text = "";
    let pattern = ""; // the same, with a backslash before what a quote keeps from being a pattern
    let isQuoted = false;
    while (this.at < this.line.length) {
      const character = this.peek();
      if (character == " " || character == "\t" || isOperator(character)) break;
      this.at++;
      if (character == "'" || character == '"') {
        isQuoted = true;
        const part = this.quoted(character);
        if (part === null) return false;
        text += part;
        pattern += escaped(part);
      } else if (character == "\\") {
        text += this.peek();
        pattern += escaped(this.peek());
        this.at++;
      } else if (character == "$") {
        const value = this.value();
        text += value;
        pattern += value;
      } else {
        text += character;
        pattern += character;
      }
    }
    this.words = [];
    if (pattern.includes("*") || pattern.includes("?")) this.words = expandPattern(pattern);
    // An empty variable is no word; an empty quote is one.
    if (this.words.length == 0 && (text != "" || isQuoted)) this.words.push(text);
    return true;
  }

  /** What stands between quotes; the first is behind us. */
  private quoted(quote: string): string | null {
    let text = "";
    while (this.at < this.line.length) {
      const character = this.peek();
      this.at++;
      if (character == quote) return text;
      if (quote == '"' && character == "$") {
        text += this.value();
      } else if (quote == '"' && character == "\\" && this.at < this.line.length) {
        text += this.peek();
        this.at++;
      } else {
        text += character;
      }
    }
    syntaxError = "a quote has no end";
    return null;
  }

  /** The value of the variable whose name comes; "$" if no name does. */
  private value(): string {
    const start = this.at;
    if (this.peek() == "?" || this.peek() == "#") this.at++;
    else while (isNamePart(this.peek())) this.at++;
    return this.at == start ? "$" : variable(this.line.substring(start, this.at));
  }
}

function isOperator(character: string): bool {
  return character == ";" || character == "&" || character == "|" || character == "<" || character == ">";
}

function isNamePart(character: string): bool {
  if (character == "") return false;
  const code = character.charCodeAt(0);
  const letter = code | 0x20;
  return character == "_" || (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

/** `text` so that no character of it is one of a pattern. */
function escaped(text: string): string {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    result += character == "*" || character == "?" || character == "\\" ? `\\${character}` : character;
  }
  return result;
}
