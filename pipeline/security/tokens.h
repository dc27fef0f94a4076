#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace sluice::security {

// What a caller may do. Each includes those before it: who submits a page wants to see what became
// of it, and who runs the program may do all.
enum class Scope { kOpen, kRead, kSubmit, kAdmin };

std::string_view ScopeName(Scope scope);

// A token in a file, and the line that it is on, from 1.
struct TokenLine {
  size_t number = 0;
  std::string token;
};

// The tokens in a file: one a line, without those that are blank or begin with #. kNotFound: it
// cannot be read.
absl::StatusOr<std::vector<TokenLine>> ReadTokenLines(const std::string& file);

// The tokens that callers may have, kept as their SHA-256 alone. Any thread.
class Tokens {
 public:
  // A token may be guessed at leisure: 32 characters are 128 bits even where they are hex digits.
  static constexpr size_t kLengthMin = 32;
  static constexpr size_t kLengthMax = 1024;

  // Where the tokens of one scope come from; several count at once, so that they can be replaced.
  struct Source {
    Scope scope = Scope::kRead;
    std::string setting;              // Such as grpc.tokens.read, named in errors.
    std::vector<std::string> values;  // Tokens.
    std::string file;  // One token a line; blank lines and lines with # are left out. Empty: none.
  };

  //   kInvalidArgument: a token is too short, too long or has other characters than RFC 6750 names,
  //   or a file has none; the message says where, and never shows a token. kNotFound: no such file.
  static absl::StatusOr<std::unique_ptr<Tokens>> Create(std::vector<Source> sources);

  // Reads the files again. True: the tokens are others now. On an error those before stay.
  absl::StatusOr<bool> Reload();

  size_t size() const;

  // What the token allows; kOpen: it is none of these. Takes as long for one as for another.
  Scope Find(std::string_view token) const;

 private:
  struct Token {
    std::array<uint8_t, 32> hash;
    Scope scope;
    bool operator==(const Token&) const = default;
  };

  explicit Tokens(std::vector<Token> fixed, std::vector<Source> files)
      : fixed_(std::move(fixed)), files_(std::move(files)) {}

  static absl::Status Add(std::string_view token, Scope scope, std::string_view where,
                          std::vector<Token>& to);
  static absl::Status ReadFile(const Source& source, std::vector<Token>& to);

  const std::vector<Token> fixed_;
  const std::vector<Source> files_;  // Without their values.
  mutable absl::Mutex mutex_;
  std::vector<Token> tokens_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sluice::security
