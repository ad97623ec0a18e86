// What can be wrong with what a person gave us, and what the system says about a file.

export { asInputError, InputError, type InputProblem, UsageError } from "../media/errors.ts";

/** "No such file", "is a directory": the words of a failed system call. */
export function systemErrorText(error: unknown): string {
  if (error instanceof Error && "code" in error) {
    switch (error.code) {
      case "ENOENT":
        return "no such file";
      case "EISDIR":
        return "a directory";
      case "EACCES":
      case "EPERM":
        return "no permission";
      case "ENOTDIR":
        return "a path through something that is no directory";
      case "EROFS":
        return "a read-only file system";
      case "ENOSPC":
        return "no space left on the device";
    }
  }
  return error instanceof Error ? error.message.replaceAll("\n", " ") : String(error);
}
