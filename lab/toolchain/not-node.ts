// In place of Node's modules, which the compiler imports only where it finds Node.

export default {};
