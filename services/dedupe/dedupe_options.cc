#include "services/dedupe/dedupe_options.h"

#include <limits>

#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"

namespace sluice::dedupe {
namespace {

template <typename T>
absl::Status InRange(std::string_view name, T value, T least, T most) {
  if (least <= value && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("dedupe.{} is {}; it must be {} to {}", name, value, least, most));
}

absl::Duration Or(bool has, const google::protobuf::Duration& value, absl::Duration standard) {
  return has ? base::FromProto(value) : standard;
}

}  // namespace

absl::Status Check(const DedupeOptions& options) {
  const absl::Status checks[] = {
      InRange<size_t>("words_max", options.fingerprint.words_max, 64, 1'000'000),
      InRange<size_t>("title_words_max", options.fingerprint.title_words_max, 1, 65'535),
      InRange<size_t>("shingle_words", options.fingerprint.shingle_words, 2, 16),
      InRange<size_t>("winnow_window", options.fingerprint.winnow_window, 1, 256),
      InRange<size_t>("keys_max", options.fingerprint.keys_max, 1, 65'535),
      InRange<double>("boilerplate_share_min", options.fingerprint.boilerplate_share_min, 0.01, 1),
      InRange<size_t>("index_bytes_max", options.index.bytes_max, 1 << 20,
                      std::numeric_limits<size_t>::max()),
      InRange<size_t>("list_max", options.index.list_max, 1, 1024),
      InRange<size_t>("candidates_max", options.index.candidates_max, 1, 256),
      InRange<size_t>("shared_keys_min", options.index.shared_keys_min, 1, 64),
      InRange<size_t>("documents_max", options.documents_max, 1, size_t{1} << 31),
      InRange<size_t>("withdrawn_max", options.withdrawn_max, 1, 10'000'000),
      InRange<size_t>("also_matches_max", options.also_matches_max, 0, 64),
      InRange("near_window", options.near_window, absl::Hours(1), absl::Hours(24 * 90)),
      InRange("text_memory", options.text_memory, absl::Hours(1), absl::InfiniteDuration()),
      InRange("document_memory", options.document_memory, options.text_memory,
              absl::InfiniteDuration()),
      InRange("date_past_max", options.date_past_max, absl::ZeroDuration(),
              absl::InfiniteDuration()),
      InRange("date_future_max", options.date_future_max, absl::ZeroDuration(),
              absl::InfiniteDuration()),
  };
  for (const absl::Status& status : checks) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<DedupeOptions> FromConfig(const config::v1::Dedupe& config) {
  DedupeOptions options;
  options.near_window = Or(config.has_near_window(), config.near_window(), options.near_window);
  options.text_memory = Or(config.has_text_memory(), config.text_memory(), options.text_memory);
  options.document_memory =
      Or(config.has_document_memory(), config.document_memory(), options.document_memory);
  if (config.has_documents_max()) options.documents_max = config.documents_max();
  if (config.has_withdrawn_max()) options.withdrawn_max = config.withdrawn_max();
  if (config.has_index_bytes_max()) options.index.bytes_max = config.index_bytes_max();
  if (config.has_words_max()) options.fingerprint.words_max = config.words_max();
  if (config.has_keys_max()) options.fingerprint.keys_max = config.keys_max();
  if (config.has_list_max()) options.index.list_max = config.list_max();
  if (config.has_candidates_max()) options.index.candidates_max = config.candidates_max();
  if (absl::Status status = Check(options); !status.ok()) return status;
  return options;
}

}  // namespace sluice::dedupe
