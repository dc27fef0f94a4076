#include "pipeline/url/url_parser.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "pipeline/base/utf8.h"
#include "pipeline/url/host.h"
#include "pipeline/url/percent.h"

namespace sluice::url {
namespace {

bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsDriveLetter(std::string_view text) {
  return text.size() == 2 && IsAlpha(text[0]) && (text[1] == ':' || text[1] == '|');
}

bool StartsWithDriveLetter(std::string_view text) {
  return text.size() >= 2 && IsDriveLetter(text.substr(0, 2)) &&
         (text.size() == 2 || std::string_view("/\\?#").find(text[2]) != std::string_view::npos);
}

// "/C:" and nothing more.
bool IsDriveOnly(std::string_view path) {
  return path.size() == 3 && path[0] == '/' && IsAlpha(path[1]) && path[2] == ':';
}

bool EqualsIgnoreCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((IsAlpha(text[i]) ? text[i] | 0x20 : text[i]) != lower[i]) return false;
  }
  return true;
}

bool IsSingleDot(std::string_view segment) {
  return segment == "." || EqualsIgnoreCase(segment, "%2e");
}

bool IsDoubleDot(std::string_view segment) {
  return segment == ".." || EqualsIgnoreCase(segment, ".%2e") ||
         EqualsIgnoreCase(segment, "%2e.") || EqualsIgnoreCase(segment, "%2e%2e");
}

// Leading and trailing C0 controls and spaces, and every tab and line end, are no part of a URL.
std::string Clean(std::string_view input) {
  while (!input.empty() && static_cast<unsigned char>(input.front()) <= ' ') input.remove_prefix(1);
  while (!input.empty() && static_cast<unsigned char>(input.back()) <= ' ') input.remove_suffix(1);
  std::string cleaned = base::ToValidUtf8(input);
  std::erase_if(cleaned, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return cleaned;
}

// One parse. The members follow the states of the standard; each takes the input from where it
// stands.
class Parser {
 public:
  Parser(std::string_view input, const Url::Parts* base) : input_(input), base_(base) {}

  absl::StatusOr<Url::Parts> Run() {
    if (absl::Status status = Begin(); !status.ok()) return status;
    return std::move(url_);
  }

 private:
  absl::Status Failure(std::string_view why) const {
    return absl::InvalidArgumentError(fmt::format("URL {:?}: {}", input_.substr(0, 200), why));
  }

  bool IsSlash(char c) const { return c == '/' || (special_ && c == '\\'); }
  bool AtSlash(std::string_view rest) const { return !rest.empty() && IsSlash(rest[0]); }

  size_t FindPathEnd(std::string_view rest) const {
    return std::min(rest.find_first_of("?#"), rest.size());
  }

  absl::Status Begin() {
    size_t end = 0;
    if (!input_.empty() && IsAlpha(input_[0])) {
      while (end < input_.size() &&
             (IsAlpha(input_[end]) || IsDigit(input_[end]) ||
              std::string_view("+-.").find(input_[end]) != std::string_view::npos)) {
        ++end;
      }
    }
    if (end == 0 || end == input_.size() || input_[end] != ':') return WithoutScheme(input_);
    url_.scheme = std::string(input_.substr(0, end));
    for (char& c : url_.scheme) {
      if (IsAlpha(c)) c = static_cast<char>(c | 0x20);
    }
    special_ = IsSpecialScheme(url_.scheme);
    return AfterScheme(input_.substr(end + 1));
  }

  absl::Status WithoutScheme(std::string_view rest) {
    if (base_ == nullptr) return Failure("relative, and there is no base");
    if (base_->opaque_path) {
      if (!rest.starts_with('#')) return Failure("its base has no hierarchy");
      url_ = *base_;
      return Fragment(rest.substr(1));
    }
    url_.scheme = base_->scheme;
    special_ = IsSpecialScheme(url_.scheme);
    return url_.scheme == "file" ? File(rest) : Relative(rest);
  }

  absl::Status AfterScheme(std::string_view rest) {
    if (url_.scheme == "file") return File(rest);
    if (special_) {
      if (base_ != nullptr && base_->scheme == url_.scheme && !rest.starts_with("//")) {
        return Relative(rest);
      }
      return AuthorityAfterSlashes(rest);
    }
    if (rest.starts_with("//")) return Authority(rest.substr(2));
    if (rest.starts_with('/')) return Path(rest.substr(1));
    return OpaquePath(rest);
  }

  void TakeAuthorityOfBase() {
    url_.username = base_->username;
    url_.password = base_->password;
    url_.has_host = base_->has_host;
    url_.host = base_->host;
    url_.address = base_->address;
    url_.port = base_->port;
  }

  absl::Status Relative(std::string_view rest) {
    if (AtSlash(rest)) {
      rest.remove_prefix(1);
      if (AtSlash(rest)) return special_ ? AuthorityAfterSlashes(rest) : Authority(rest.substr(1));
      TakeAuthorityOfBase();
      return Path(rest);
    }
    TakeAuthorityOfBase();
    url_.path = base_->path;
    return RelativeToPath(rest);
  }

  // The path is the base's; `rest` has no leading slash.
  absl::Status RelativeToPath(std::string_view rest) {
    if (rest.empty() || rest[0] == '#') {
      url_.query = base_->query;
      return AfterPath(rest);
    }
    if (rest[0] == '?') return AfterPath(rest);
    if (url_.scheme == "file" && StartsWithDriveLetter(rest)) {
      url_.path.clear();
    } else {
      Shorten();
    }
    return Path(rest);
  }

  absl::Status AuthorityAfterSlashes(std::string_view rest) {
    while (AtSlash(rest)) rest.remove_prefix(1);
    return Authority(rest);
  }

  absl::Status Authority(std::string_view rest) {
    const size_t end = std::min(rest.find_first_of(special_ ? "/\\?#" : "/?#"), rest.size());
    std::string_view authority = rest.substr(0, end);
    const size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
      const std::string_view credentials = authority.substr(0, at);
      authority.remove_prefix(at + 1);
      if (authority.empty()) return Failure("credentials without a host");
      const size_t colon = credentials.find(':');
      AppendPercentEncoded(credentials.substr(0, colon), kUserinfoSet, url_.username);
      if (colon != std::string_view::npos) {
        AppendPercentEncoded(credentials.substr(colon + 1), kUserinfoSet, url_.password);
      }
    }
    if (absl::Status status = HostAndPort(authority); !status.ok()) return status;
    return PathStart(rest.substr(end));
  }

  absl::Status HostAndPort(std::string_view text) {
    size_t colon = std::string_view::npos;
    bool in_brackets = false;
    for (size_t i = 0; i < text.size() && colon == std::string_view::npos; ++i) {
      if (text[i] == '[') in_brackets = true;
      if (text[i] == ']') in_brackets = false;
      if (text[i] == ':' && !in_brackets) colon = i;
    }
    const std::string_view name = text.substr(0, colon);
    if (name.empty() && (special_ || colon != std::string_view::npos)) return Failure("no host");
    if (absl::Status status = TakeHost(name); !status.ok()) return status;
    return colon == std::string_view::npos ? absl::OkStatus() : Port(text.substr(colon + 1));
  }

  absl::Status TakeHost(std::string_view text) {
    absl::StatusOr<Host> host = ParseHost(text, special_);
    if (!host.ok()) return host.status();
    url_.has_host = true;
    url_.host = std::move(host->text);
    url_.address = host->address;
    return absl::OkStatus();
  }

  absl::Status Port(std::string_view digits) {
    uint32_t port = 0;
    for (const char c : digits) {
      if (!IsDigit(c)) return Failure("the port is no number");
      port = port * 10 + static_cast<uint32_t>(c - '0');
      if (port > 65535) return Failure("the port is over 65535");
    }
    const bool is_default = port != 0 && port == DefaultPort(url_.scheme);
    if (!digits.empty() && !is_default) url_.port = static_cast<uint16_t>(port);
    return absl::OkStatus();
  }

  absl::Status File(std::string_view rest) {
    url_.has_host = true;
    const bool base_is_file = base_ != nullptr && base_->scheme == "file";
    if (AtSlash(rest)) {
      rest.remove_prefix(1);
      if (AtSlash(rest)) return FileHost(rest.substr(1));
      if (base_is_file) {
        url_.host = base_->host;
        url_.address = base_->address;
        if (!StartsWithDriveLetter(rest) &&
            IsDriveOnly(base_->path.substr(0, base_->path.find('/', 1)))) {
          url_.path = base_->path.substr(0, 3);
        }
      }
      return Path(rest);
    }
    if (!base_is_file) return Path(rest);
    url_.host = base_->host;
    url_.address = base_->address;
    url_.path = base_->path;
    return RelativeToPath(rest);
  }

  absl::Status FileHost(std::string_view rest) {
    const size_t end = std::min(rest.find_first_of("/\\?#"), rest.size());
    const std::string_view name = rest.substr(0, end);
    if (IsDriveLetter(name)) return Path(rest);  // file://C:/ names no host.
    if (!name.empty()) {
      if (absl::Status status = TakeHost(name); !status.ok()) return status;
      if (url_.host == "localhost") url_.host.clear();
    }
    return PathStart(rest.substr(end));
  }

  absl::Status PathStart(std::string_view rest) {
    if (special_) return Path(AtSlash(rest) ? rest.substr(1) : rest);
    if (rest.empty() || rest[0] == '?' || rest[0] == '#') return AfterPath(rest);
    return Path(rest[0] == '/' ? rest.substr(1) : rest);
  }

  // Appends the segments of `rest`, which stands behind a slash, to the path.
  absl::Status Path(std::string_view rest) {
    const size_t path_end = FindPathEnd(rest);
    std::string_view segments = rest.substr(0, path_end);
    for (bool more = true; more;) {
      const size_t length =
          std::min(segments.find_first_of(special_ ? "/\\" : "/"), segments.size());
      const std::string_view segment = segments.substr(0, length);
      more = length < segments.size();
      segments.remove_prefix(more ? length + 1 : length);
      if (IsDoubleDot(segment)) {
        Shorten();
        if (!more) url_.path += '/';
      } else if (IsSingleDot(segment)) {
        if (!more) url_.path += '/';
      } else {
        AppendSegment(segment);
      }
    }
    return AfterPath(rest.substr(path_end));
  }

  void AppendSegment(std::string_view segment) {
    const bool drive = url_.scheme == "file" && url_.path.empty() && IsDriveLetter(segment);
    url_.path += '/';
    AppendPercentEncoded(segment, kPathSet, url_.path);
    if (drive) url_.path.back() = ':';
  }

  void Shorten() {
    if (url_.scheme == "file" && IsDriveOnly(url_.path)) return;
    const size_t slash = url_.path.rfind('/');
    if (slash != std::string::npos) url_.path.erase(slash);
  }

  absl::Status OpaquePath(std::string_view rest) {
    const size_t end = FindPathEnd(rest);
    url_.opaque_path = true;
    AppendPercentEncoded(rest.substr(0, end), kC0ControlSet, url_.path);
    if (end < rest.size() && url_.path.ends_with(' ')) {
      url_.path.pop_back();
      url_.path += "%20";  // Or the URL would lose it when query and fragment go.
    }
    return AfterPath(rest.substr(end));
  }

  absl::Status AfterPath(std::string_view rest) {
    if (rest.starts_with('?')) {
      const size_t end = std::min(rest.find('#'), rest.size());
      url_.query.emplace();
      AppendPercentEncoded(rest.substr(1, end - 1), special_ ? kSpecialQuerySet : kQuerySet,
                           *url_.query);
      rest.remove_prefix(end);
    }
    return rest.starts_with('#') ? Fragment(rest.substr(1)) : absl::OkStatus();
  }

  absl::Status Fragment(std::string_view rest) {
    url_.fragment.emplace();
    AppendPercentEncoded(rest, kFragmentSet, *url_.fragment);
    return absl::OkStatus();
  }

  std::string_view input_;
  const Url::Parts* base_;  // Not owned; may be null.
  Url::Parts url_;
  bool special_ = false;
};

}  // namespace

absl::StatusOr<Url::Parts> ParseUrl(std::string_view input, const Url::Parts* base) {
  const std::string cleaned = Clean(input);
  return Parser(cleaned, base).Run();
}

}  // namespace sluice::url
