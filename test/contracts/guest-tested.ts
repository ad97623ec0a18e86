// Contracts that no unit test can break, because hardware stands between: the test of the whole system that does.

export interface GuestTested {
  file: string;
  /** The contract, as run.mjs prints it. */
  text: string;
  /** The test in test/system. */
  test: string;
}

export const GUEST_TESTED: readonly GuestTested[] = [];
