// A kernel in C++ that says hello on the text screen, through an object that a constructor has set up.

namespace {

// The screen is memory: 25 rows of 80 characters, each with a byte for its code and one for its colours.
constexpr int kColumns = 80;
constexpr int kRows = 25;
constexpr unsigned kLoaderMagic = 0x2badb002;

class Screen {
 public:
  explicit Screen(unsigned char colours) : memory_(reinterpret_cast<volatile unsigned short*>(0xb8000)), colours_(colours) {
    for (int i = 0; i < kColumns * kRows; i++) memory_[i] = 0x0700 | ' ';
  }

  void print(const char* text) {
    for (; *text != '\0'; text++) {
      if (*text == '\n') {
        at_ += kColumns - at_ % kColumns;
      } else {
        memory_[at_++] = static_cast<unsigned short>(colours_ << 8 | static_cast<unsigned char>(*text));
      }
    }
  }

 private:
  volatile unsigned short* memory_;
  unsigned char colours_;
  int at_ = 0;
};

// A global object: its constructor runs before kernelMain, when somebody calls it. In a kernel that is loader.s.
Screen screen(0x0a);

}  // namespace

extern "C" void kernelMain(unsigned magic, const void*) {
  screen.print("Hello from C++!\n");
  screen.print("My screen was made by a constructor.\n");
  screen.print(magic == kLoaderMagic ? "A Multiboot loader started me.\n" : "Who started me?\n");
}
