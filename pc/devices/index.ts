// The devices of the PC, for pc/machine.ts to wire.

export { AtaDisk } from "./ata-disk.ts";
export { AtapiDrive } from "./atapi-drive.ts";
export { hostBridge, isaBridge, vgaFunction } from "./chipset.ts";
export { cp437Text, cp437ToUnicode } from "./cp437.ts";
export { DebugPort } from "./debug-port.ts";
export { Dma, type DmaChannel } from "./dma.ts";
export { connectExpansionRom } from "./expansion-rom.ts";
export { Fdc, type FdcWiring } from "./fdc.ts";
export { driveTypeFor, type FloppyGeometry, FloppyImageError, floppyGeometry, floppySizes } from "./floppy-drive.ts";
export { font8x16 } from "./font.ts";
export { I8042, type I8042Wiring } from "./i8042.ts";
export { Ide, type IdeWiring } from "./ide.ts";
export { Keyboard } from "./keyboard.ts";
export { WiredOr } from "./lines.ts";
export { APIC_TICK_NS, LocalApic, type LocalApicWiring } from "./local-apic.ts";
export { NumericError, type NumericErrorWiring } from "./numeric-error.ts";
export { Pci } from "./pci.ts";
export { Pic, type PicWiring } from "./pic.ts";
export { nsOfTick, Pit, type PitWiring, ticksAtNs } from "./pit.ts";
export { Power, type PowerWiring } from "./power.ts";
export { type CmosOptions, Rtc, type RtcWiring } from "./rtc.ts";
export { isKey, keyNames } from "./scan-codes.ts";
export { DeviceStateError } from "./state.ts";
export { Uart, type UartWiring } from "./uart.ts";
export { type KeyCombination, type KeyStroke, keysForCharacter, strokesOf } from "./us-layout.ts";
export { Vga, type VgaWiring } from "./vga.ts";
export type { TextScreen, VgaPicture } from "./vga-picture.ts";
