#include "pipeline/security/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "pipeline/base/strings.h"

namespace sluice::security {
namespace {

std::array<uint8_t, 32> HashOf(std::string_view token) {
  std::array<uint8_t, 32> hash;
  SHA256(reinterpret_cast<const uint8_t*>(token.data()), token.size(), hash.data());
  return hash;
}

// RFC 6750: b64token.
bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kOpen:
      return "open";
    case Scope::kRead:
      return "read";
    case Scope::kSubmit:
      return "submit";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

absl::StatusOr<std::vector<TokenLine>> ReadTokenLines(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<TokenLine> lines;
  std::string line;
  for (size_t number = 1; std::getline(stream, line); ++number) {
    std::string token(absl::StripAsciiWhitespace(line));
    if (!token.empty() && !token.starts_with('#')) lines.push_back({number, std::move(token)});
  }
  if (!stream.is_open() || stream.bad()) {
    return absl::NotFoundError(fmt::format("cannot read {}", file));
  }
  return lines;
}

absl::Status Tokens::Add(std::string_view token, Scope scope, std::string_view where,
                         std::vector<Token>& to) {
  if (token.size() < kLengthMin || token.size() > kLengthMax) {
    return absl::InvalidArgumentError(
        fmt::format("{}: a token has {} characters; {} to {} are expected (`openssl rand -hex 32` "
                    "makes one)",
                    where, token.size(), kLengthMin, kLengthMax));
  }
  if (!std::ranges::all_of(token, IsTokenCharacter)) {
    return absl::InvalidArgumentError(fmt::format(
        "{}: a token has other characters than letters, digits and -._~+/= (`openssl rand -hex "
        "32` makes one)",
        where));
  }
  to.push_back({HashOf(token), scope});
  return absl::OkStatus();
}

absl::Status Tokens::ReadFile(const Source& source, std::vector<Token>& to) {
  const std::string where = fmt::format("{}_file {}", source.setting, source.file);
  const absl::StatusOr<std::vector<TokenLine>> lines = ReadTokenLines(source.file);
  if (!lines.ok()) return absl::NotFoundError(fmt::format("{}: the file cannot be read", where));
  if (lines->empty()) {
    return absl::InvalidArgumentError(
        fmt::format("{}: the file has no token; write one a line", where));
  }
  for (const auto& [number, token] : *lines) {
    if (absl::Status status =
            Add(token, source.scope, fmt::format("{}, line {}", where, number), to);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Tokens>> Tokens::Create(std::vector<Source> sources) {
  std::vector<Token> fixed;
  std::vector<Source> files;
  for (Source& source : sources) {
    for (size_t i = 0; i < source.values.size(); ++i) {
      if (absl::Status status =
              Add(source.values[i], source.scope, fmt::format("{}[{}]", source.setting, i), fixed);
          !status.ok()) {
        return status;
      }
    }
    source.values.clear();
    if (!source.file.empty()) files.push_back(std::move(source));
  }
  std::unique_ptr<Tokens> tokens(new Tokens(std::move(fixed), std::move(files)));
  if (absl::Status status = tokens->Reload().status(); !status.ok()) return status;
  return tokens;
}

absl::StatusOr<bool> Tokens::Reload() {
  std::vector<Token> tokens = fixed_;
  for (const Source& source : files_) {
    if (absl::Status status = ReadFile(source, tokens); !status.ok()) return status;
  }
  absl::MutexLock lock(&mutex_);
  if (tokens == tokens_) return false;
  tokens_ = std::move(tokens);
  return true;
}

size_t Tokens::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return tokens_.size();
}

Scope Tokens::Find(std::string_view token) const {
  const std::array<uint8_t, 32> hash = HashOf(token);
  Scope found = Scope::kOpen;
  absl::ReaderMutexLock lock(&mutex_);
  for (const Token& known : tokens_) {
    const bool equal = CRYPTO_memcmp(known.hash.data(), hash.data(), hash.size()) == 0;
    found = std::max(found, equal ? known.scope : Scope::kOpen);
  }
  return found;
}

}  // namespace sluice::security
