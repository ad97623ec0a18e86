// The commands that are the shell's own, since they change the shell itself, or are too little for a program.

export const BUILTINS: string[] = ["[", "cd", "exit", "false", "history", "jobs", "source", "test", "true", "wait"];
