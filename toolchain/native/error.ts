// What the native compiler says about a module that it cannot compile: the same as the reader of the module.

export { WasmError as NativeError } from "../../formats/wasm/error.ts";
