#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "services/fetch/http_message.h"
#include "services/fetch/warc.h"
#include "tests/quality/fetch/vectors.h"

namespace sluice::quality {
namespace {

using fetch::WarcReader;
using nlohmann::json;

std::string Sha1(std::string_view bytes) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

// The record in the form of the expectations.
json Describe(const fetch::WarcRecord& record) {
  json described = {{"type", record.type}, {"date", record.date}, {"offset", record.offset}};
  if (!record.url.empty()) described["url"] = record.url;
  const std::string_view refers_to = record.header("warc-refers-to-target-uri");
  if (!refers_to.empty()) described["refers_to_url"] = refers_to;
  const std::string_view refers_to_date = record.header("warc-refers-to-date");
  if (!refers_to_date.empty()) described["refers_to_date"] = refers_to_date;
  const auto message = record.is_http() ? fetch::ParseHttpMessage(record.block) : std::nullopt;
  if (!message) {
    described["payload_sha1"] = Sha1(record.block);
    described["not_http"] = true;
    return described;
  }
  described["status"] = message->status;
  fetch::HttpBody body;
  const absl::Status status =
      DecodeHttpBody(*message, {.limits = {.bytes_max = 64 << 20, .ratio_max = 2000}}, body);
  described["raw_payload_sha1"] = Sha1(message->body);
  described["payload_sha1"] = status.ok() ? Sha1(body.bytes) : std::string(status.message());
  described["payload_size"] = body.bytes.size();
  return described;
}

struct Reading {
  std::vector<json> records;
  std::vector<fetch::WarcDamage> damages;
};

Reading Read(const std::filesystem::path& file) {
  Reading reading;
  const auto source = fetch::FileSource::Open(file.string());
  if (!source.ok()) return reading;
  const auto reader = WarcReader::Create(**source, {});
  if (!reader.ok()) return reading;
  while (true) {
    const auto event = (*reader)->Next();
    if (!event.ok() || *event == WarcReader::Event::kEnd) return reading;
    if (*event == WarcReader::Event::kRecord)
      reading.records.push_back(Describe((*reader)->record()));
    if (*event == WarcReader::Event::kDamage) reading.damages.push_back((*reader)->damage());
  }
}

bool Agrees(const json& expected, const json& got) {
  for (const auto& [name, value] : expected.items()) {
    if (name == "optional") continue;
    const bool payload = name.starts_with("payload") || name.starts_with("raw_payload");
    if (payload && expected.value("optional", false)) continue;
    if (got.value(name, json()) != value) return false;
  }
  return true;
}

// What is wrong with the reading of a file; empty: nothing.
std::string Difference(const json& row, const Reading& reading) {
  const json& error = row["error"];
  auto got = reading.records.begin();
  for (const json& expected : row["records"]) {
    const auto found = std::find_if(got, reading.records.end(),
                                    [&](const json& record) { return Agrees(expected, record); });
    if (found == reading.records.end()) {
      if (expected.value("optional", false)) continue;
      return "missing " + expected.dump();
    }
    // Only optional records may have come between.
    if (found != got) return "not expected " + got->dump();
    got = found + 1;
  }
  // Behind the damage there may be good records that the list does not name.
  const uint64_t good = error.is_null() ? UINT64_MAX : error.value("next_good_offset", UINT64_MAX);
  const bool whole_file = row["file"].get<std::string>().find("whole") != std::string::npos;
  for (; got != reading.records.end(); ++got) {
    if (!whole_file && got->at("offset").get<uint64_t>() < good) return "made up " + got->dump();
  }
  if (error.is_null() != reading.damages.empty()) {
    return fmt::format("{} damages", reading.damages.size());
  }
  if (!error.is_null() && error.contains("offset") &&
      reading.damages.front().offset < error["offset"].get<uint64_t>()) {
    return "damage told too early: " + reading.damages.front().message;
  }
  return "";
}

}  // namespace

Score RunWarc(const std::filesystem::path& data) {
  Score score;
  ForEachRow(data / "warc" / "expect.jsonl", [&](const json& row) {
    const Reading reading = Read(data / "warc" / row["file"].get<std::string>());
    const std::string differs = Difference(row, reading);
    if (!differs.empty()) Differs("warc", row["file"].dump(), row["error"].dump(), differs);
    score.Add(differs.empty(), false);
  });
  return score;
}

}  // namespace sluice::quality
