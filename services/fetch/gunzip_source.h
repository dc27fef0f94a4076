#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pipeline/codec/inflate.h"
#include "services/fetch/byte_source.h"

namespace sluice::fetch {

// The plain bytes of a source that may be gzip, told by its first bytes. For files that the
// operator names: there is no limit on what they inflate to, memory is constant. One thread.
class GunzipSource final : public ByteSource {
 public:
  // `source` must outlive it. Errors are the source's.
  static absl::StatusOr<std::unique_ptr<GunzipSource>> Create(ByteSource& source);

  // kDataLoss: the gzip data are damaged or cut off; final.
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override;

 private:
  GunzipSource(ByteSource& source, std::string head);

  absl::Status ReadMore();

  ByteSource* source_;  // Not owned.
  std::unique_ptr<codec::Inflater> inflater_;
  std::string plain_;  // Not handed out yet, from plain_used_ on.
  size_t plain_used_ = 0;
  bool ended_ = false;
};

}  // namespace sluice::fetch
