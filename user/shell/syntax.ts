// The shell's language: from a line to what shall be run.
//
//   line      pipeline { ( ";" | "&" | "&&" | "||" ) pipeline }
//   pipeline  command { "|" command }
//   command   { word | "<" word | ">" word | ">>" word | "2>" word | "2>&1" }
//
// Words: 'as it is', "as it is but for $", \c; $NAME, $?, $1, $((1 + 2)); * and ? stand for names of files; # starts a comment. Here a word stays
// as it was written: what it stands for is known when its pipeline runs (words.ts).

import { endOfWord, expandWord, expansionError, isOperator } from "./words.ts";

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

  /** The command with what its words stand for now; null, with syntaxError set, if one that must be a file is none. */
  expanded(): Command | null {
    const result = new Command();
    for (let i = 0; i < this.words.length; i++) {
      const words = expandWord(this.words[i]);
      if (expansionError != "") return refuseWord(expansionError);
      for (let k = 0; k < words.length; k++) result.words.push(words[k]);
    }
    result.isAppended = this.isAppended;
    result.joinsError = this.joinsError;
    const input = fileOf(this.input);
    const output = fileOf(this.output);
    const error = fileOf(this.error);
    if (input === null || output === null || error === null) return null;
    result.input = input;
    result.output = output;
    result.error = error;
    return result;
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

/** What is wrong with the line that parseLine refused, or the command that could not be expanded. */
export let syntaxError: string = "";

const enum Kind {
  Word,
  Operator,
  End,
}

/** Takes a line apart; null, with syntaxError set, if it makes no sense. */
export function parseLine(line: string): Pipeline[] | null {
  const scanner = new Scanner(line);
  const pipelines: Pipeline[] = [];
  let pipeline = new Pipeline();
  let command = new Command();
  let when = When.Always;
  while (true) {
    if (!scanner.next()) return refuse("a quote or $(( has no end");
    const text = scanner.text;
    if (scanner.isWord) {
      command.words.push(text);
      continue;
    }
    if (text == "2>&1") {
      command.joinsError = true;
      continue;
    }
    if (isRedirection(text)) {
      if (!scanner.next()) return refuse("a quote or $(( has no end");
      if (!scanner.isWord) return refuse(`no file after ${text}`);
      redirect(command, text, scanner.text);
      continue;
    }
    const isEmpty = command.words.length == 0;
    if (isEmpty && command.isRedirected) return refuse("a redirection without a command");
    if (text == "|" || (isEmpty && pipeline.commands.length > 0)) {
      if (isEmpty) return refuse("no command beside |");
      pipeline.commands.push(command);
      command = new Command();
      continue;
    }
    if (!isEmpty) {
      pipeline.commands.push(command);
      pipeline.when = when;
      pipeline.isBackground = text == "&";
      pipelines.push(pipeline);
      pipeline = new Pipeline();
      command = new Command();
    } else if (text != ";" && scanner.kind === Kind.Operator) {
      return refuse(`no command before ${text}`);
    } else if (when !== When.Always) {
      return refuse("no command at the end");
    }
    if (scanner.kind === Kind.End) return pipelines;
    when = text == "&&" ? When.AfterSuccess : text == "||" ? When.AfterFailure : When.Always;
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

function refuseWord(message: string): Command | null {
  syntaxError = message;
  return null;
}

/** The one file that a word stands for, "" for "". */
function fileOf(word: string): string | null {
  if (word == "") return "";
  const words = expandWord(word);
  if (expansionError == "" && words.length == 1 && words[0] != "") return words[0];
  syntaxError = `${word}: not the name of one file`;
  return null;
}

/** The words and operators of a line, one after the other. */
class Scanner {
  kind: Kind = Kind.End;
  /** The word as it is written, or the operator; "" at the end. */
  text: string = "";
  private at: i32 = 0;

  constructor(private line: string) {}

  get isWord(): bool {
    return this.kind === Kind.Word;
  }

  /** Goes to the next word or operator; false if a quote has no end. */
  next(): bool {
    while (this.at < this.line.length && (this.line.charAt(this.at) == " " || this.line.charAt(this.at) == "\t"))
      this.at++;
    const rest = this.line.substring(this.at);
    this.text = "";
    this.kind = Kind.End;
    if (rest == "" || rest.startsWith("#")) return true;
    this.text = operatorOf(rest);
    this.kind = Kind.Operator;
    if (this.text == "") {
      const end = endOfWord(this.line, this.at);
      if (end < 0) return false;
      this.kind = Kind.Word;
      this.text = this.line.substring(this.at, end);
    }
    this.at += this.text.length;
    return true;
  }
}

/** The operator that `text` starts with; "" if it starts with a word. */
function operatorOf(text: string): string {
  if (text.startsWith("2>&1")) return "2>&1";
  const two = text.substring(0, 2);
  if (two == "&&" || two == "||" || two == ">>" || two == "2>") return two;
  const first = text.substring(0, 1);
  return isOperator(first) ? first : "";
}
