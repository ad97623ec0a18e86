// Prints what Multiboot gave it, and which global constructors have run, in which order.

typedef void (*constructor)();
extern "C" constructor start_ctors;
extern "C" constructor end_ctors;
extern "C" void callConstructors() {
  for (constructor *i = &start_ctors; i != &end_ctors; i++) (*i)();
}

static volatile unsigned short *const screen = (unsigned short *)0xb8000;
static int column = 0;
static void print(const char *text) {
  for (; *text; text++) screen[column++] = 0x0700 | *text;
}

static int count = 0;
class Part {
public:
  Part(const char *name) : name(name), order(++count) {}
  virtual void show() { print(name); screen[column++] = 0x0700 | ('0' + order); print(" "); }
protected:
  const char *name;
  int order;
};
class Loud : public Part {
public:
  Loud(const char *name) : Part(name) {}
  void show() { Part::show(); print("! "); }
};

Part late("late");
__attribute__((init_priority(200))) Loud early("early");
__attribute__((init_priority(101))) Part first("first");

extern "C" void kernelMain(const void *information, unsigned magic) {
  print(magic == 0x2badb002 ? "multiboot " : "? ");
  Part *parts[] = {&first, &early, &late};
  for (int i = 0; i < 3; i++) parts[i]->show();
  print("done");
}
