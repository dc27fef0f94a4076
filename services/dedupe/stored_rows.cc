#include "services/dedupe/stored_rows.h"

#include <bit>

#include "absl/base/internal/endian.h"
#include "pipeline/base/strings.h"
#include "pipeline/log/transaction.h"
#include "sluice/state/v1/dedupe.pb.h"

namespace sluice::dedupe {
namespace {

static_assert(std::endian::native == std::endian::little, "words are stored as they lie in memory");

constexpr size_t kIdBytes = 16;

std::string WordBytes(absl::Span<const WordCode> words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(WordCode)};
}

std::vector<WordCode> WordsOf(std::string_view bytes) {
  std::vector<WordCode> words(bytes.size() / sizeof(WordCode));
  bytes.copy(reinterpret_cast<char*>(words.data()), words.size() * sizeof(WordCode));
  return words;
}

data::v1::Relation ToProto(Relation relation) {
  switch (relation) {
    case Relation::kOriginal:
      return data::v1::RELATION_ORIGINAL;
    case Relation::kCopy:
      return data::v1::RELATION_COPY;
    case Relation::kUpdate:
      return data::v1::RELATION_UPDATE;
    case Relation::kExact:
      return data::v1::RELATION_EXACT;
  }
  return data::v1::RELATION_UNSPECIFIED;
}

Relation FromProto(data::v1::Relation relation) {
  switch (relation) {
    case data::v1::RELATION_COPY:
      return Relation::kCopy;
    case data::v1::RELATION_UPDATE:
      return Relation::kUpdate;
    case data::v1::RELATION_EXACT:
      return Relation::kExact;
    default:
      return Relation::kOriginal;
  }
}

}  // namespace

base::Hash128 HashOf(std::string_view bytes) {
  if (bytes.size() != kIdBytes) return {};
  return {.high = absl::big_endian::Load64(bytes.data()),
          .low = absl::big_endian::Load64(bytes.data() + 8)};
}

std::string RowKey(const LogPlace& log) {
  std::string offset(8, '\0');
  absl::big_endian::Store64(offset.data(), log.offset);
  return log::ExpiringKey(log.time, offset);
}

absl::StatusOr<LogPlace> ParseRowKey(std::string_view key) {
  if (key.size() != kIdBytes) {
    return absl::DataLossError(fmt::format("a row key of dedupe has {} bytes, not 16", key.size()));
  }
  return LogPlace{.time = log::ExpiringKeyTime(key),
                  .offset = absl::big_endian::Load64(key.data() + 8)};
}

std::string EncodeDocument(const SeenDocument& document) {
  state::v1::DedupeDocumentRow row;
  const Place& place = document.place;
  row.set_id(place.id.Bytes());
  if (place.article_id != place.id) row.set_article_id(place.article_id.Bytes());
  if (place.cluster_id != place.id) row.set_cluster_id(place.cluster_id.Bytes());
  row.set_revision(place.revision);
  row.set_relation(ToProto(place.relation));
  if (place.of != base::Hash128()) row.set_of(place.of.Bytes());
  row.set_similarity(place.similarity);
  row.set_shared_words(place.shared_words);
  for (const base::Hash128& cluster : place.also_matches) row.add_also_matches(cluster.Bytes());
  for (const uint64_t url : document.urls) row.add_url_hashes(url);
  if (document.content != base::Hash128()) row.set_content_hash(document.content.Bytes());
  row.set_body_hash(document.body);
  row.set_extractor_version(document.extractor_version);
  row.set_gone(document.gone);
  return row.SerializeAsString();
}

absl::StatusOr<SeenDocument> DecodeDocument(std::string_view value, const LogPlace& log) {
  state::v1::DedupeDocumentRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      row.id().size() != kIdBytes) {
    return absl::DataLossError("a row of table documents is not a DedupeDocumentRow with an id");
  }
  SeenDocument document;
  Place& place = document.place;
  place.id = HashOf(row.id());
  place.article_id = row.article_id().empty() ? place.id : HashOf(row.article_id());
  place.cluster_id = row.cluster_id().empty() ? place.id : HashOf(row.cluster_id());
  place.revision = row.revision();
  place.relation = FromProto(row.relation());
  place.of = HashOf(row.of());
  place.similarity = row.similarity();
  place.shared_words = row.shared_words();
  for (const std::string& cluster : row.also_matches()) {
    place.also_matches.push_back(HashOf(cluster));
  }
  document.urls.assign(row.url_hashes().begin(), row.url_hashes().end());
  document.content = HashOf(row.content_hash());
  document.body = row.body_hash();
  document.extractor_version = row.extractor_version();
  document.gone = row.gone();
  document.log = log;
  return document;
}

std::string EncodeText(const Arrival& arrival, absl::Time date) {
  state::v1::DedupeTextRow row;
  row.set_fingerprint_version(kFingerprintVersion);
  row.set_date_seconds(absl::ToUnixSeconds(date));
  row.set_site(arrival.site);
  row.set_words(WordBytes(arrival.fingerprint.text.codes));
  row.set_title_words(WordBytes(arrival.fingerprint.title.codes));
  return row.SerializeAsString();
}

absl::StatusOr<DecodedText> DecodeText(std::string_view value) {
  state::v1::DedupeTextRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return absl::DataLossError("a row of table texts is not a DedupeTextRow");
  }
  return DecodedText{.words = WordsOf(row.words()),
                     .title = WordsOf(row.title_words()),
                     .date = absl::FromUnixSeconds(row.date_seconds()),
                     .site = row.site(),
                     .current = row.fingerprint_version() == kFingerprintVersion};
}

absl::StatusOr<base::Hash128> ParseId(std::string_view id) {
  base::Hash128 hash;
  const bool hex = id.size() == 2 * kIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  if (!hex) {
    return absl::InvalidArgumentError(
        fmt::format("the id '{}' is not 32 lower-case hex digits", id.substr(0, 64)));
  }
  for (size_t i = 0; i < id.size(); ++i) {
    const uint64_t digit = static_cast<uint64_t>(id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
    uint64_t& half = i < kIdBytes ? hash.high : hash.low;
    half = half << 4 | digit;
  }
  return hash;
}

void WritePlace(const Place& place, data::v1::DedupedDocument& document) {
  document.set_article_id(place.article_id.Hex());
  document.set_revision(place.revision);
  document.set_cluster_id(place.cluster_id.Hex());
  document.set_relation(ToProto(place.relation));
  if (place.of != base::Hash128()) document.set_of(place.of.Hex());
  document.set_similarity(place.similarity);
  document.set_shared_words(place.shared_words);
  for (const base::Hash128& cluster : place.also_matches) {
    document.add_also_matches(cluster.Hex());
  }
}

}  // namespace sluice::dedupe
