#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice::fetch {

// Bytes from front to back. One thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills at most `size` bytes of `buffer`, at least one unless the end is reached; returns how
  // many, 0 at the end. kUnavailable: cannot be read; final.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size) = 0;
};

// Bytes in memory, which must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  std::string_view bytes_;
};

// A file, read with read(2). "-" is the standard input.
class FileSource final : public ByteSource {
 public:
  // kNotFound and its like: cannot be opened; the message names the file.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const std::string& path);
  ~FileSource() override;

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  FileSource(std::string path, int descriptor, bool owned);

  std::string path_;
  int descriptor_;
  bool owned_;
};

}  // namespace sluice::fetch
