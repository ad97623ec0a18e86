// The few words of the RFB protocol (RFC 6143, version 3.3) that press keys on a guest. What the server draws is thrown away.

import { connect, type Socket } from "node:net";

const VERSION = "RFB 003.003\n";
const SECURITY_NONE = 1;
const KEY_EVENT = 4;

export class RfbKeyboard {
  private constructor(private readonly socket: Socket) {}

  /** Connects, agrees on the version and no password, and is then ready for keys. */
  static async connect(port: number): Promise<RfbKeyboard> {
    const socket = connect(port, "127.0.0.1");
    let received = Buffer.alloc(0);
    let wake = (): void => {};
    let failure: Error | undefined;
    socket.on("data", (data) => {
      received = Buffer.concat([received, data]);
      wake();
    });
    socket.on("error", (error) => {
      failure = error;
      wake();
    });
    const read = async (size: number): Promise<Buffer> => {
      while (received.length < size) {
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const head = received.subarray(0, size);
      received = received.subarray(size);
      return head;
    };
    await read(VERSION.length);
    socket.write(VERSION);
    const security = (await read(4)).readUInt32BE(0);
    if (security !== SECURITY_NONE)
      throw new Error(`the RFB server wants security type ${security}, expected none (1)`);
    socket.write(Uint8Array.of(1));
    const serverInit = await read(24);
    await read(serverInit.readUInt32BE(20));
    socket.removeAllListeners("data");
    socket.resume();
    return new RfbKeyboard(socket);
  }

  send(keysym: number, down: boolean): void {
    const message = Buffer.alloc(8);
    message[0] = KEY_EVENT;
    message[1] = down ? 1 : 0;
    message.writeUInt32BE(keysym, 4);
    this.socket.write(message);
  }

  close(): void {
    this.socket.destroy();
  }
}
