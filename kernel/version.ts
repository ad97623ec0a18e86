// The system's version, as the banner and the command `version` show it.

export const VERSION = "0.1";
