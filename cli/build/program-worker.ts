// A worker thread that builds programs, one for each message with a name.

import { parentPort, workerData } from "node:worker_threads";
import { buildOne, type WorkerTask } from "./programs.ts";

const task = workerData as WorkerTask;

parentPort?.on("message", async (name: string) => {
  const problem = await buildOne(task, name);
  parentPort?.postMessage({ problem });
});
