// snake: a game. Arrows (or w a s d) steer, p pauses, q quits. What is drawn is what has changed, so that it is quick on a serial
// line, too; the food's places come from /dev/random.

import { Direction, HEIGHT, Snake, Step, WIDTH } from "../games/snake.ts";
import { close, open, read } from "../library/files.ts";
import { uptime } from "../library/process.ts";
import { complain, print, printf } from "../library/stdio.ts";
import { Key, openTerminal, readKey, restoreTerminal, waitForKey } from "../library/terminal.ts";

const RANDOM = "/dev/random";
/** A step takes so long; each bite makes it shorter. */
const STEP_MS: u32 = 160;
const LEAST_STEP_MS: u32 = 50;
const BITE_MS: u32 = 4;
/** The field's first row and column on the screen, from 1. A place is two columns wide, so that it is square. */
const TOP: i32 = 3;
const LEFT: i32 = 3;

const word = memory.data(4, 4);

export function main(_argc: i32, _argv: usize): i32 {
  const random = open(RANDOM);
  if (random < 0) {
    complain("snake", RANDOM, random);
    return 1;
  }
  const opened = openTerminal();
  if (opened < 0) {
    complain("snake", "input", opened);
    return 1;
  }
  const snake = new Snake(next(random));
  drawField(snake);
  const end = play(snake, random);
  printf("\x1b[%d;1H\x1b[m\x1b[?25h%s Score: %d\n", TOP + HEIGHT + 1, end, snake.score);
  restoreTerminal();
  close(random);
  return 0;
}

function next(random: i32): u32 {
  return read(random, word, 4) == 4 ? load<u32>(word) : 0;
}

/** Plays to the end; says how it came. */
function play(snake: Snake, random: i32): string {
  while (true) {
    const step = max<i32>(STEP_MS - BITE_MS * snake.score, LEAST_STEP_MS);
    const until = uptime() + step;
    for (let now = uptime(); now < until; now = uptime()) {
      if (!waitForKey(until - now)) break;
      let key = readKey();
      if (key == 0x70) key = readKey(); // p: any key ends the pause
      if (key < 0 || key == 0x71 || key == 0x03) return "You have left."; // q, ^C
      steer(snake, key);
    }
    const result = snake.step(next(random));
    if (result === Step.Died) return "The snake has hit something.";
    draw(snake.added, "\x1b[32m##");
    if (snake.removed >= 0) draw(snake.removed, "  ");
    if (result === Step.Won) return "The snake fills the field!";
    if (result === Step.Ate) {
      draw(snake.food, "\x1b[31m<>");
      showScore(snake);
    }
    print("\x1b[m");
  }
}

function steer(snake: Snake, key: i32): void {
  if (key == Key.Up || key == 0x77) snake.turn(Direction.Up);
  else if (key == Key.Down || key == 0x73) snake.turn(Direction.Down);
  else if (key == Key.Left || key == 0x61) snake.turn(Direction.Left);
  else if (key == Key.Right || key == 0x64) snake.turn(Direction.Right);
}

function drawField(snake: Snake): void {
  print("\x1b[?25l\x1b[2J\x1b[H");
  const border = `+${"-".repeat(2 * WIDTH)}+`;
  printf("\x1b[%d;%dH%s", TOP - 1, LEFT - 1, border);
  for (let row = 0; row < HEIGHT; row++) {
    printf("\x1b[%d;%dH|\x1b[%d;%dH|", TOP + row, LEFT - 1, TOP + row, LEFT + 2 * WIDTH);
  }
  printf("\x1b[%d;%dH%s", TOP + HEIGHT, LEFT - 1, border);
  for (let i = 0; i < snake.length; i++) draw(snake.partAt(i), "\x1b[32m##");
  draw(snake.food, "\x1b[31m<>");
  print("\x1b[m");
  showScore(snake);
}

function showScore(snake: Snake): void {
  printf("\x1b[m\x1b[1;%dHscore %d   arrows steer, p pauses, q quits", LEFT, snake.score);
}

function draw(place: i32, text: string): void {
  printf("\x1b[%d;%dH%s", TOP + place / WIDTH, LEFT + 2 * (place % WIDTH), text);
}
