// Writes what a model of blocks is trained on: the blocks' texts as JSON lines and their features
// as raw floats.
//
//   deboilerplate_features PAGES.jsonl OUT.jsonl OUT.f32 [GUESSES.f32]
//
// With GUESSES, one float a block in the same order, the rows are those of the second model.
//
// A line of PAGES: id and either text (plain) or file (HTML, gzip, relative to PAGES) with charset.
// A line of OUT.jsonl: id, columns, blocks: a list of [text, dropped before any model]. OUT.f32:
// rows in the same order.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "pipeline/codec/packed_file.h"
#include "services/deboilerplate/charset.h"
#include "services/deboilerplate/context.h"
#include "services/deboilerplate/dom_walk.h"
#include "services/deboilerplate/features.h"
#include "services/deboilerplate/html_parser.h"
#include "services/deboilerplate/linked_data.h"
#include "services/deboilerplate/text_page.h"
#include "services/deboilerplate/witness.h"

namespace sluice::deboilerplate {
namespace {

using Json = nlohmann::json;

constexpr size_t kPageBytesMax = 8 << 20;

class Dumper {
 public:
  absl::Status Write(const Json& row, const std::filesystem::path& folder, std::istream* guesses,
                     std::ostream& texts, std::ostream& floats) {
    LinkedData data;
    if (row.contains("file")) {
      const absl::StatusOr<std::string> body =
          codec::ReadPackedFile(folder / row["file"].get<std::string>(), kPageBytesMax);
      if (!body.ok()) return body.status();
      DecodeToUtf8(*body, row.value("charset", ""), decoded_);
      const lxb_html_document_t* document = parser_.Parse(decoded_.text);
      if (document == nullptr) return absl::ResourceExhaustedError("no memory to parse in");
      WalkDocument(*document, WalkCaps(), roles_, page_);
      data = ReadLinkedData(page_.json_ld);
    } else {
      const std::string text = row["text"].get<std::string>();
      DecodeToUtf8(text, "utf-8", decoded_);
      ReadPlainText(decoded_.text, WalkCaps().blocks_max, page_);
    }
    Summarise(page_);
    witness_.Learn(page_, data, "");
    const BlockFeatures features(page_, witness_, data.article);
    Json blocks = Json::array();
    for (const Block& block : page_.blocks)
      blocks.push_back({page_.TextOf(block), block.hard_dropped ? 1 : 0});
    std::vector<float> guess(page_.blocks.size());
    if (guesses != nullptr) {
      guesses->read(reinterpret_cast<char*>(guess.data()),
                    static_cast<std::streamsize>(guess.size() * sizeof(float)));
    }
    const BlockContext context(page_, guess);
    std::vector<float> written((BlockFeatures::kColumnsMax + BlockContext::kColumnsMax) *
                               BlockFeatures::kStride);
    std::vector<float> values;
    for (size_t i = 0; i < page_.blocks.size(); ++i) {
      constexpr size_t kStride = BlockFeatures::kStride;
      size_t columns = features.Write(i, written.data());
      if (guesses != nullptr) columns += context.Write(i, written.data() + columns * kStride);
      values.resize(columns);
      for (size_t c = 0; c < columns; ++c) values[c] = written[c * kStride];
      floats.write(reinterpret_cast<const char*>(values.data()),
                   static_cast<std::streamsize>(values.size() * sizeof(float)));
    }
    texts << Json({{"id", row["id"]}, {"columns", values.size()}, {"blocks", std::move(blocks)}})
                 .dump(-1, ' ', false, Json::error_handler_t::replace)
          << '\n';
    return absl::OkStatus();
  }

 private:
  Decoded decoded_;
  HtmlParser parser_;
  RolesCache roles_;
  Page page_;
  Witness witness_;
};

int Run(const std::string& pages, const std::string& texts_path, const std::string& floats_path,
        const char* guesses_path) {
  std::ifstream in(pages);
  std::ofstream texts(texts_path);
  std::ofstream floats(floats_path, std::ios::binary);
  if (!in || !texts || !floats) {
    std::cerr << fmt::format("cannot open {}, {} or {}\n", pages, texts_path, floats_path);
    return 1;
  }
  std::ifstream guesses;
  if (guesses_path != nullptr) {
    guesses.open(guesses_path, std::ios::binary);
    if (!guesses) {
      std::cerr << fmt::format("cannot open {}\n", guesses_path);
      return 1;
    }
  }
  Dumper dumper;
  for (std::string line; std::getline(in, line);) {
    const absl::Status written =
        dumper.Write(Json::parse(line), std::filesystem::path(pages).parent_path(),
                     guesses_path != nullptr ? &guesses : nullptr, texts, floats);
    if (written.ok()) continue;
    std::cerr << written.message() << '\n';
    return 1;
  }
  return texts && floats ? 0 : 1;
}

}  // namespace
}  // namespace sluice::deboilerplate

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: deboilerplate_features PAGES.jsonl OUT.jsonl OUT.f32 [GUESSES.f32]\n";
    return 2;
  }
  return sluice::deboilerplate::Run(argv[1], argv[2], argv[3], argc == 5 ? argv[4] : nullptr);
}
