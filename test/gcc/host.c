/* The program on Linux. */
#include <stdio.h>

void run(void);

void put(char character) {
  putchar(character);
}

int main(void) {
  run();
  return 0;
}
