// Extracts a set of pages with models that have not seen their sites, for scoring.
//
//   extraction_eval PAGES.jsonl FOLDS.bin.gz|shipped [GOLD.jsonl [--features]]   >
//   PREDICTIONS.jsonl
//
// With --features each line has what the rankings and the confidence are learned from; and
// `without_site_lines`, the text as the memory of the site's pages before leaves it. Lines of
// PAGES: id, url, and file (gzip, relative to PAGES) with charset, or text. Where PAGES has no
// addresses (flattened pages), GOLD tells them.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "pipeline/codec/packed_file.h"
#include "services/deboilerplate/extractor.h"
#include "services/deboilerplate/site_memory.h"
#include "tests/quality/deboilerplate/fold_models.h"

namespace sluice::deboilerplate {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kPageBytesMax = 8 << 20;

std::map<std::string, std::string> ReadUrls(const std::string& gold) {
  std::map<std::string, std::string> urls;
  std::ifstream in(gold);
  for (std::string line; std::getline(in, line);) {
    const Json row = Json::parse(line);
    urls[row["id"].get<std::string>()] = row.value("url", "");
  }
  return urls;
}

// Each candidate for the headline: its text, then its features.
Json Titles(const Extractor::Explanation& explanation) {
  Json out = Json::array();
  for (const RankedTitle& title : explanation.titles) {
    Json row = {title.candidate.text};
    for (const float value : title.candidate.features) row.push_back(value);
    out.push_back(std::move(row));
  }
  return out;
}

Json Dates(const Extractor::Explanation& explanation) {
  Json out = Json::array();
  for (const DateCandidate& date : explanation.dates) {
    Json row = {date.date.Format()};
    for (const float value : date.features) row.push_back(value);
    out.push_back(std::move(row));
  }
  return out;
}

// Each candidate for the authors: their names, then its features.
Json Authors(const Extractor::Explanation& explanation) {
  Json out = Json::array();
  for (const AuthorCandidate& author : explanation.authors) {
    Json row = Json::array({author.names});
    for (const float value : author.features) row.push_back(value);
    out.push_back(std::move(row));
  }
  return out;
}

Json Answer(const std::string& id, const Article& article) {
  return {{"id", id},
          {"text", article.text},
          {"title", article.title},
          {"author", article.authors},
          {"date", article.published.has_value() ? article.published->Format() : ""},
          {"language", article.language},
          {"kind", KindName(article.kind)},
          {"confidence", article.confidence}};
}

int Run(const std::string& pages, const std::string& folds_path, const std::string& gold,
        bool features) {
  std::vector<std::unique_ptr<Extractor>> extractors;
  FoldModels folds;
  if (folds_path != "shipped") {
    absl::StatusOr<FoldModels> read = FoldModels::Read(folds_path);
    if (!read.ok()) {
      std::cerr << read.status() << '\n';
      return 1;
    }
    folds = *std::move(read);
    for (size_t i = 0; i < folds.size(); ++i)
      extractors.push_back(*Extractor::Create(Extractor::Options(), folds.fold(i)));
  } else {
    extractors.push_back(*Extractor::Create(Extractor::Options()));
  }
  const std::map<std::string, std::string> urls = ReadUrls(gold.empty() ? pages : gold);
  std::map<std::string, SiteMemory> sites;
  std::ifstream in(pages);
  for (std::string line; std::getline(in, line);) {
    const Json row = Json::parse(line);
    const auto id = row["id"].get<std::string>();
    const auto found = urls.find(id);
    const std::string url = found == urls.end() ? std::string() : found->second;
    const bool plain = !row.contains("file");
    const absl::StatusOr<std::string> body =
        plain ? row["text"].get<std::string>()
              : codec::ReadPackedFile(
                    std::filesystem::path(pages).parent_path() / row["file"].get<std::string>(),
                    kPageBytesMax);
    if (!body.ok()) {
      std::cerr << body.status().message() << '\n';
      return 1;
    }
    const std::string charset = plain ? "utf-8" : row.value("charset", "");
    const Extractor::Input input{.url = plain ? std::string_view() : std::string_view(url),
                                 .charset = charset,
                                 .content_type = plain ? "text/plain" : "",
                                 .feed_title = {}};
    const size_t fold = extractors.size() == 1 ? 0 : folds.FoldOf(url, id);
    Extractor::Explanation explanation;
    std::vector<Extractor::Line> lines;
    const Article article =
        extractors[fold]->Extract(*body, input, &lines, features ? &explanation : nullptr);
    Json answer = Answer(id, article);
    if (features) {
      answer["titles"] = Titles(explanation);
      answer["dates"] = Dates(explanation);
      answer["authors"] = Authors(explanation);
      answer["confidence_features"] = explanation.confidence;
      answer["presence"] = explanation.presence;
      answer["presence_features"] = explanation.presence_features;
      SiteMemory& memory = sites[FoldModels::SiteOf(url, id)];
      answer["without_site_lines"] = memory.Without(article.text, lines);
      memory.Learn(url, lines);
    }
    std::cout << answer.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace sluice::deboilerplate

int main(int argc, char** argv) {
  const bool features = argc == 5 && std::string_view(argv[4]) == "--features";
  if (argc != 3 && argc != 4 && !features) {
    std::cerr << "usage: extraction_eval PAGES.jsonl FOLDS.bin.gz|shipped [GOLD.jsonl "
                 "[--features]]\n";
    return 2;
  }
  return sluice::deboilerplate::Run(argv[1], argv[2], argc >= 4 ? argv[3] : "", features);
}
