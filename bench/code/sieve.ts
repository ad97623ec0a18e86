// Sieve of Eratosthenes below 65536.

const LIMIT: u32 = 65536;

export function run(buffer: usize): u32 {
  for (let i: u32 = 0; i < LIMIT; i++) store<u8>(buffer + i, 1);
  for (let i: u32 = 2; i * i < LIMIT; i++) {
    if (load<u8>(buffer + i) == 0) continue;
    for (let j = i * i; j < LIMIT; j += i) store<u8>(buffer + j, 0);
  }
  let count: u32 = 0;
  for (let i: u32 = 2; i < LIMIT; i++) count += load<u8>(buffer + i);
  return count;
}
