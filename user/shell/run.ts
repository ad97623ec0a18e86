// Running what a line says: programs with their redirections and pipes, in the foreground or not, and the shell's own commands.

import { ENOENT, ENOEXEC } from "../../kernel/abi/errno.ts";
import {
  chdir,
  close,
  dup,
  dup2,
  lseek,
  O_APPEND,
  O_CREAT,
  O_TRUNC,
  O_WRONLY,
  open,
  pipe,
  read,
  SEEK_END,
  STDERR,
  STDIN,
  STDOUT,
} from "../library/files.ts";
import { LineReader } from "../library/lines.ts";
import { numberOf, usageError } from "../library/options.ts";
import {
  ENDED_BY_FAULT,
  ENDED_BY_INTERRUPT,
  ENDED_BY_KILL,
  kill,
  SPAWN_FOREGROUND,
  spawn,
  WAIT_NO_HANG,
  wait,
  waitStatus,
} from "../library/process.ts";
import { complain, fprintf, print, printf } from "../library/stdio.ts";
import { takeInterrupt } from "../library/terminal.ts";
import { BUILTINS } from "./builtinNames.ts";
import { PROGRAMS } from "./completion.ts";
import { evaluate } from "./conditions.ts";
import { History } from "./history.ts";
import { Kind, parseStatements, Statement, statementError } from "./statements.ts";
import { Command, Pipeline, parseLine, syntaxError, When } from "./syntax.ts";
import { assignedName, setVariable, variable } from "./variables.ts";
import { expandWord, expansionError } from "./words.ts";

// Exit statuses, as POSIX shells have them.
const STATUS_USAGE: i32 = 2;
const STATUS_NOT_EXECUTABLE: i32 = 126;
const STATUS_NOT_FOUND: i32 = 127;
const STATUS_ENDED: i32 = 128;
const STATUS_INTERRUPTED: i32 = STATUS_ENDED + 2;
const MOST_NESTED = 16;
/** 7F 'E' 'L' 'F' */
const ELF_MAGIC: u32 = 0x464c457f;

class Job {
  constructor(
    public number: i32,
    public process: i32,
    public text: string,
  ) {}
}

const pipeHandles = memory.data(8, 4);

export class Shell {
  /** How the last pipeline ended. */
  status: i32 = 0;
  /** Somebody said exit. */
  isDone: bool = false;
  history: History = new History();
  /** Pipelines of a statement whose end has not come yet. */
  private unfinished: Pipeline[] = [];
  /** ^C ended a program in the foreground, or came in a loop: what goes on with it ends, too. */
  private isInterrupted: bool = false;
  private jobs: Job[] = [];
  private nested: i32 = 0;

  /** Runs a line; one that begins an if, while or for, when the line that ends it has come. */
  runLine(line: string): void {
    const pipelines = parseLine(line);
    if (pipelines === null) {
      this.refuse(syntaxError);
      return;
    }
    this.unfinished = this.unfinished.concat(pipelines);
    const statements = parseStatements(this.unfinished);
    if (statements === null) {
      if (statementError != "") this.refuse(statementError);
      return;
    }
    this.unfinished = [];
    if (this.nested == 0) this.isInterrupted = false;
    this.runList(statements);
  }

  /** A statement lacks its end. */
  get isUnfinished(): bool {
    return this.unfinished.length > 0;
  }

  /** No line comes any more, or the person has given it up. */
  endLines(isGivenUp: bool = false): void {
    if (this.isUnfinished && !isGivenUp) this.refuse("the end of an if, while or for is missing");
    this.unfinished = [];
  }

  private refuse(message: string): void {
    fprintf(STDERR, "sh: %s\n", message);
    this.unfinished = [];
    this.setStatus(STATUS_USAGE);
  }

  private runList(statements: Statement[]): void {
    for (let i = 0; i < statements.length && !this.isStopped; i++) {
      const statement = statements[i];
      if (statement.when === When.AfterSuccess && this.status != 0) continue;
      if (statement.when === When.AfterFailure && this.status == 0) continue;
      const pipeline = statement.pipeline;
      if (pipeline !== null) this.run(pipeline);
      else if (statement.kind === Kind.If) this.runIf(statement.lists);
      else if (statement.kind === Kind.While) this.runWhile(statement.lists[0], statement.lists[1]);
      else this.runFor(statement);
    }
  }

  private get isStopped(): bool {
    return this.isDone || this.isInterrupted;
  }

  /** Whether the list's last command succeeds. */
  private succeeds(condition: Statement[]): bool {
    this.runList(condition);
    return this.status == 0 && !this.isStopped;
  }

  private runIf(lists: Statement[][]): void {
    let i = 0;
    while (i + 1 < lists.length && !this.succeeds(lists[i])) i += 2;
    if (this.isStopped) return;
    // What is behind a condition that holds, or an else; if there is neither, all is well.
    const chosen = i + 1 < lists.length ? i + 1 : i;
    this.setStatus(0);
    if (chosen < lists.length) this.runList(lists[chosen]);
  }

  private runWhile(condition: Statement[], body: Statement[]): void {
    let status = 0;
    while (this.succeeds(condition)) {
      this.runList(body);
      status = this.status;
      this.noticeInterrupt();
    }
    if (!this.isStopped) this.setStatus(status);
  }

  private runFor(statement: Statement): void {
    const values: string[] = [];
    for (let i = 0; i < statement.words.length; i++) {
      const words = expandWord(statement.words[i]);
      if (expansionError != "") {
        this.refuse(expansionError);
        return;
      }
      for (let k = 0; k < words.length; k++) values.push(words[k]);
    }
    this.setStatus(0);
    for (let i = 0; i < values.length && !this.isStopped; i++) {
      setVariable(statement.name, values[i]);
      this.runList(statement.lists[0]);
      this.noticeInterrupt();
    }
  }

  /** Nothing but the shell itself runs between two programs of a loop, or if there are none in it. */
  private noticeInterrupt(): void {
    if (this.isInterrupted || !takeInterrupt()) return;
    this.isInterrupted = true;
    this.setStatus(STATUS_INTERRUPTED);
    print("\n");
  }

  /** Runs the lines of a script; false if it can't be read. */
  runScript(path: string): bool {
    const handle = open(path);
    if (handle < 0 || this.nested == MOST_NESTED) {
      complain("sh", path, handle < 0 ? handle : -ENOEXEC);
      if (handle >= 0) close(handle);
      this.setStatus(STATUS_NOT_FOUND);
      return false;
    }
    this.nested++;
    const reader = new LineReader(handle);
    for (let line = reader.next(); line !== null && !this.isStopped; line = reader.next()) this.runLine(line);
    this.endLines(this.isStopped);
    this.nested--;
    close(handle);
    return true;
  }

  /** Says which programs in the background have ended since the last time. */
  reportJobs(): void {
    for (let i = 0; i < this.jobs.length; ) {
      const job = this.jobs[i];
      const ended = wait(job.process, WAIT_NO_HANG);
      if (ended == 0) {
        i++;
        continue;
      }
      printf("[%d] %s  %s\n", job.number, waitStatus == 0 ? "done" : "ended", job.text);
      this.jobs.splice(i, 1);
    }
  }

  private setStatus(status: i32): void {
    this.status = status;
    setVariable("?", `${status}`);
  }

  private run(pipeline: Pipeline): void {
    const commands: Command[] = [];
    for (let i = 0; i < pipeline.commands.length; i++) {
      const command = pipeline.commands[i].expanded();
      if (command === null) {
        fprintf(STDERR, "sh: %s\n", syntaxError);
        this.setStatus(1);
        return;
      }
      // Words that stand for nothing are no command.
      if (command.words.length > 0) commands.push(command);
    }
    if (commands.length == 0) return;
    if (commands.length == 1 && !pipeline.isBackground && this.runOwn(commands[0])) return;
    this.runPrograms(commands, pipeline.isBackground);
  }

  private runPrograms(commands: Command[], isBackground: bool): void {
    const processes: i32[] = [];
    let input = STDIN;
    let status = 0;
    // A command of the shell's own at the start of a pipeline runs when those who read what it writes have been started.
    const isOwnFirst = BUILTINS.includes(commands[0].words[0]) && commands.length > 1;
    let ownOutput = -1;
    for (let i = 0; i < commands.length; i++) {
      let output = STDOUT;
      let nextInput = STDIN;
      if (i + 1 < commands.length) {
        const result = pipe(pipeHandles);
        if (result < 0) {
          complain("sh", "pipe", result);
          if (input != STDIN) close(input);
          status = 1;
          break;
        }
        nextInput = load<i32>(pipeHandles);
        output = load<i32>(pipeHandles, 4);
      }
      if (i == 0 && isOwnFirst) {
        ownOutput = output;
      } else {
        const process = this.start(commands[i], input, output, isBackground);
        if (output != STDOUT) close(output);
        if (process > 0) processes.push(process);
        status = process > 0 ? 0 : -process;
      }
      if (input != STDIN) close(input);
      input = nextInput;
    }
    if (ownOutput >= 0) this.runOwnInto(commands[0], ownOutput);
    if (isBackground) {
      if (processes.length > 0) this.addJob(processes[processes.length - 1], commands[commands.length - 1].words[0]);
      this.setStatus(status);
    } else {
      this.setStatus(this.waitFor(processes, status));
    }
  }

  /** Runs a command of the shell's own with `output`, which it closes, as its output. */
  private runOwnInto(command: Command, output: i32): void {
    const saved = dup(STDOUT);
    moveHandle(output, STDOUT);
    this.runOwn(command);
    if (saved >= 0) moveHandle(saved, STDOUT);
  }

  private addJob(process: i32, text: string): void {
    const number = this.jobs.length == 0 ? 1 : this.jobs[this.jobs.length - 1].number + 1;
    this.jobs.push(new Job(number, process, text));
    printf("[%d] %d\n", number, process);
  }

  /** Waits for all; the status of the last, or `status` if that could not be started. */
  private waitFor(processes: i32[], status: i32): i32 {
    let result = status;
    for (let i = 0; i < processes.length; i++) {
      if (wait(processes[i]) < 0) continue;
      const ended = waitStatus;
      if (ended == ENDED_BY_INTERRUPT) {
        // Who is interrupted takes the rest of the pipeline along, and the lines around it.
        this.isInterrupted = true;
        for (let k = i + 1; k < processes.length; k++) kill(processes[k]);
        print("\n");
      }
      if (status == 0) result = statusOf(ended);
    }
    return result;
  }

  /** Starts a command: its process, or the negated status when it can't be started. */
  private start(command: Command, pipeIn: i32, pipeOut: i32, isBackground: bool): i32 {
    // The terminal's keys are for who is in the foreground.
    const isAlone = isBackground && command.input == "" && pipeIn == STDIN;
    const inputFile = isAlone ? "/dev/null" : command.input;
    const input = inputFile == "" ? pipeIn : openFor(inputFile, 0);
    const output = command.output == "" ? pipeOut : openOutput(command.output, command.isAppended);
    let error = command.error == "" ? STDERR : openOutput(command.error, false);
    if (command.joinsError) error = output;
    let result = -1;
    if (input >= 0 && output >= 0 && error >= 0) {
      const flags = isBackground ? 0 : SPAWN_FOREGROUND;
      result = spawnCommand(command.words, input, output, error, flags);
    }
    if (inputFile != "" && input >= 0) close(input);
    if (command.output != "" && output >= 0) close(output);
    if (command.error != "" && !command.joinsError && error >= 0) close(error);
    return result;
  }

  /** Runs the command if it is the shell's own, or sets a variable; whether it was one of these. */
  private runOwn(command: Command): bool {
    const name = command.words[0];
    const assigned = assignedName(name);
    if (assigned != "" && command.words.length == 1) {
      setVariable(assigned, name.substring(assigned.length + 1));
      this.setStatus(0);
      return true;
    }
    if (!BUILTINS.includes(name)) return false;
    const savedOutput = command.isRedirected ? dup(STDOUT) : -1;
    const savedError = command.isRedirected ? dup(STDERR) : -1;
    if (!command.isRedirected || redirectOwn(command)) this.runBuiltin(command.words);
    else this.setStatus(1);
    if (savedOutput >= 0) moveHandle(savedOutput, STDOUT);
    if (savedError >= 0) moveHandle(savedError, STDERR);
    return true;
  }

  private runBuiltin(words: string[]): void {
    const name = words[0];
    if (name == "cd") this.changeDirectory(words);
    else if (name == "exit") this.exit(words);
    else if (name == "history") this.showHistory();
    else if (name == "jobs") this.showJobs();
    else if (name == "wait") this.waitForJobs();
    else if (name == "true" || name == "false") this.setStatus(name == "true" ? 0 : 1);
    else if (name == "test" || name == "[") this.test(words);
    else if (name == "source" && words.length == 2) this.runScript(words[1]);
    else this.setStatus(usageError("source FILE"));
  }

  private test(words: string[]): void {
    const isBracket = words[0] == "[";
    const end = words.length - (isBracket ? 1 : 0);
    const isClosed = !isBracket || words[end] == "]";
    const status = isClosed ? evaluate(words.slice(1, end)) : STATUS_USAGE;
    if (status == STATUS_USAGE) fprintf(STDERR, "%s: not a test (see help test)\n", words[0]);
    this.setStatus(status);
  }

  private changeDirectory(words: string[]): void {
    const path = words.length > 1 ? words[1] : "/";
    const result = chdir(path);
    if (result < 0) complain("cd", path, result);
    this.setStatus(result < 0 ? 1 : 0);
  }

  private exit(words: string[]): void {
    if (words.length > 1) this.setStatus(max<i32>(numberOf(words[1]), 0) & 0xff);
    this.isDone = true;
  }

  private showHistory(): void {
    const lines = this.history.lines;
    for (let i = 0; i < lines.length; i++) printf("%4d  %s\n", i + 1, lines[i]);
    this.setStatus(0);
  }

  private showJobs(): void {
    this.reportJobs();
    for (let i = 0; i < this.jobs.length; i++) {
      printf("[%d] running  %s (%d)\n", this.jobs[i].number, this.jobs[i].text, this.jobs[i].process);
    }
    this.setStatus(0);
  }

  private waitForJobs(): void {
    for (let i = 0; i < this.jobs.length; i++) wait(this.jobs[i].process);
    this.jobs = [];
    this.setStatus(0);
  }
}

function statusOf(ended: u32): i32 {
  if (ended == ENDED_BY_INTERRUPT) return STATUS_INTERRUPTED;
  if (ended == ENDED_BY_KILL) return STATUS_ENDED + 9;
  return (ended & ENDED_BY_FAULT) != 0 ? STATUS_ENDED + 11 : (ended as i32);
}

/** A handle, or a negated error number after a message. */
function openFor(path: string, flags: u32): i32 {
  const handle = open(path, flags);
  if (handle < 0) complain("sh", path, handle);
  return handle;
}

function openOutput(path: string, isAppended: bool): i32 {
  const handle = openFor(path, O_WRONLY | O_CREAT | (isAppended ? O_APPEND : O_TRUNC));
  if (handle >= 0 && isAppended) lseek(handle, 0, SEEK_END);
  return handle;
}

/** Puts the files of a command of the shell's own in the place of its outputs; its input nobody reads. */
function redirectOwn(command: Command): bool {
  if (command.output != "") {
    const output = openOutput(command.output, command.isAppended);
    if (output < 0) return false;
    moveHandle(output, STDOUT);
  }
  if (command.joinsError) {
    dup2(STDOUT, STDERR);
  } else if (command.error != "") {
    const error = openOutput(command.error, false);
    if (error < 0) return false;
    moveHandle(error, STDERR);
  }
  return true;
}

function moveHandle(from: i32, to: i32): void {
  dup2(from, to);
  close(from);
}

/** Starts a program of /bin, or one with a path; a file that is no program is a script. The negated status if it can't. */
function spawnCommand(words: string[], input: i32, output: i32, error: i32, flags: u32): i32 {
  const name = words[0];
  const path = name.includes("/") ? name : `${PROGRAMS}/${name}`;
  const process = isScript(path)
    ? spawn(`${PROGRAMS}/sh`, ["sh", path].concat(words.slice(1)), input, output, error, flags)
    : spawn(path, words, input, output, error, flags);
  if (process >= 0) return process;
  if (process == -ENOENT && !name.includes("/")) fprintf(STDERR, "sh: %s: no such command (try help)\n", name);
  else complain("sh", name, process);
  return process == -ENOENT ? -STATUS_NOT_FOUND : -STATUS_NOT_EXECUTABLE;
}

const head = memory.data(4, 4);

/** A file that doesn't start as ELF programs do. */
function isScript(path: string): bool {
  const handle = open(path);
  if (handle < 0) return false;
  const got = read(handle, head, 4);
  close(handle);
  return got >= 0 && (got < 4 || load<u32>(head) != ELF_MAGIC);
}

/** Gives a script its arguments: $0 to $9 and $#. */
export function setArguments(words: string[]): void {
  for (let i = 0; i < words.length && i < 10; i++) setVariable(`${i}`, words[i]);
  setVariable("#", `${max<i32>(words.length - 1, 0)}`);
  if (variable("?") == "") setVariable("?", "0");
}
