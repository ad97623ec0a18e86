// The commands that are the shell's own, since they change the shell itself.

export const BUILTINS: string[] = ["cd", "exit", "history", "jobs", "source", "wait"];
