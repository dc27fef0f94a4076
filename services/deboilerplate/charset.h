#pragma once

#include <string>
#include <string_view>

namespace sluice::deboilerplate {

// A page's bytes as valid UTF-8. `text` points into the input where that was valid already, else
// into `storage`.
struct Decoded {
  std::string_view text;
  std::string storage;
  std::string_view charset;  // WHATWG name, lower case.

  Decoded() = default;
  Decoded(const Decoded&) = delete;
  Decoded& operator=(const Decoded&) = delete;
};

// Finds the charset (byte order mark; `hint`, as an HTTP header says; a test for UTF-8; the page's
// own meta element; windows-1252) and decodes with it. What is ill-formed becomes U+FFFD. A hint of
// UTF-8 that the bytes contradict is not believed, and one of Latin-1 only where the page itself
// shows and says nothing else. Never fails. `decoded` is overwritten; `bytes`
// must outlive its `text`.
void DecodeToUtf8(std::string_view bytes, std::string_view hint, Decoded& decoded);

}  // namespace sluice::deboilerplate
