/* A program for MiniOS without any library: says hello and its arguments; the exit status is how many there are. */
#include "minios.h"

static void put(const char *text) {
    int length = 0;
    while (text[length] != 0) length++;
    sys(WRITE, 1, (long)text, length, 0, 0);
}

int main(int argc, char **argv) {
    put("Hello from C:");
    for (int i = 0; i < argc; i++) {
        put(" ");
        put(argv[i]);
    }
    put("\n");
    return argc;
}
