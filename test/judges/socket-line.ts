// A serial line as a TCP connection that the guest's PC opens: what Bochs calls "socket-client".

import { createServer, type Server, type Socket } from "node:net";

export class SocketLine {
  /** All that came from the guest, as Latin-1. */
  heard = "";
  private peer: Socket | undefined;

  private constructor(private readonly server: Server) {
    server.on("connection", (socket) => {
      this.peer = socket;
      socket.setNoDelay(true);
      socket.on("data", (data) => {
        this.heard += data.toString("latin1");
      });
      // The guest's PC ends when it likes; its driver says why.
      socket.on("error", () => {});
    });
  }

  static async open(): Promise<SocketLine> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new SocketLine(server);
  }

  /** Where to connect to, as "host:port". */
  get address(): string {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new TypeError("the line is closed");
    return `127.0.0.1:${address.port}`;
  }

  send(text: string): void {
    this.peer?.write(text);
  }

  close(): void {
    this.peer?.destroy();
    this.server.close();
  }
}
