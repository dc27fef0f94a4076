// sluice extract: the article of a page, and why each block is in it or not.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <unordered_map>

#include "pipeline/base/strings.h"
#include "pipeline/base/utf8.h"
#include "pipeline/codec/packed_file.h"
#include "pipeline/url/registrable_domain.h"
#include "pipeline/url/url.h"
#include "services/deboilerplate/extractor.h"
#include "services/deboilerplate/site_memory.h"
#include "services/sluice/batch.h"
#include "services/sluice/client.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"
#include "services/sluice/web_page.h"

namespace sluice::cli {
namespace {

using deboilerplate::Article;
using deboilerplate::Extractor;
using nlohmann::ordered_json;

struct ExtractOptions {
  BatchOptions batch;
  std::string page;  // A file or an address.
  std::string url;
  std::string charset;
  bool plain = false;
  bool why = false;
  bool private_addresses = false;
  bool site_memory = false;
};

struct ExtractItem final : BatchItem {
  nlohmann::json id;
  std::string url;
  std::string charset;
  std::string content_type;
  std::string body;
  Article article;
  std::vector<Extractor::Line> lines;
};

// What the pages of a registrable domain have in common; empty where the address has none.
std::string SiteOf(const std::string& address) {
  const absl::StatusOr<url::Url> parsed = url::Url::Parse(address);
  return parsed.ok() ? url::RegistrableDomain(parsed->host()) : std::string();
}

class ExtractJob final : public BatchJob {
 public:
  ExtractJob(const Extractor& extractor, std::filesystem::path folder, size_t bytes_max,
             bool site_memory)
      : extractor_(extractor),
        folder_(std::move(folder)),
        bytes_max_(bytes_max),
        site_memory_(site_memory) {}

  absl::StatusOr<std::unique_ptr<BatchItem>> Read(const nlohmann::json& line) const override {
    auto item = std::make_unique<ExtractItem>();
    std::string html;
    std::string text;
    std::string file;
    for (const auto& [name, place] : {std::pair{"url", &item->url},
                                      {"charset", &item->charset},
                                      {"html", &html},
                                      {"text", &text},
                                      {"file", &file}}) {
      // A page that comes as a file may carry its gold text beside it.
      if (name == std::string_view("text") && (HasField(line, "file") || HasField(line, "html")))
        continue;
      absl::StatusOr<std::string> value = StringField(line, name);
      if (!value.ok()) return value.status();
      *place = *std::move(value);
    }
    if (line.contains("id")) item->id = line["id"];
    if (HasField(line, "html")) {
      item->body = std::move(html);
      item->content_type = "text/html";
      item->charset = "utf-8";
    } else if (HasField(line, "file")) {
      absl::StatusOr<std::string> body = codec::ReadPackedFile(folder_ / file, bytes_max_);
      if (!body.ok()) return body.status();
      item->body = *std::move(body);
    } else if (HasField(line, "text")) {
      item->body = std::move(text);
      item->content_type = "text/plain";
      item->charset = "utf-8";
    } else {
      return absl::InvalidArgumentError("the line has neither html, nor text, nor file");
    }
    item->bytes = item->body.size();
    return item;
  }

  absl::Status Work(BatchItem& item) const override {
    auto& page = static_cast<ExtractItem&>(item);
    const Extractor::Input input{.url = page.url,
                                 .charset = page.charset,
                                 .content_type = page.content_type,
                                 .feed_title = {}};
    page.article = extractor_.Extract(page.body, input, site_memory_ ? &page.lines : nullptr);
    return absl::OkStatus();
  }

  absl::Status Decide(BatchItem& item) override {
    auto& page = static_cast<ExtractItem&>(item);
    const std::string site = site_memory_ ? SiteOf(page.url) : std::string();
    if (site.empty()) return absl::OkStatus();
    deboilerplate::SiteMemory& memory = sites_[site];
    std::string text = memory.Without(page.article.text, page.lines);
    memory.Learn(page.url, page.lines);
    page.article.text = std::move(text);
    return absl::OkStatus();
  }

  ordered_json Answer(const BatchItem& item) const override {
    const auto& page = static_cast<const ExtractItem&>(item);
    const Article& article = page.article;
    return {{"id", page.id},
            {"text", article.text},
            {"title", article.title},
            {"author", article.authors},
            {"date", article.published.has_value() ? article.published->Format() : ""},
            {"language", article.language},
            {"site", article.site},
            {"canonical_url", article.canonical_url},
            {"kind", deboilerplate::KindName(article.kind)},
            {"confidence", article.confidence}};
  }

 private:
  const Extractor& extractor_;
  const std::filesystem::path folder_;
  const size_t bytes_max_;
  const bool site_memory_;
  std::unordered_map<std::string, deboilerplate::SiteMemory> sites_;
};

std::string_view ReasonText(deboilerplate::Reason reason) {
  switch (reason) {
    case deboilerplate::Reason::kStory:
      return "story";
    case deboilerplate::Reason::kBoilerplate:
      return "boilerplate";
    case deboilerplate::Reason::kNavigation:
      return "navigation or footer";
    case deboilerplate::Reason::kHeadline:
      return "repeats the headline";
    case deboilerplate::Reason::kRepeated:
      return "repeated";
    case deboilerplate::Reason::kSite:
      return "on other pages of the site";
  }
  return "";
}

// A candidate with its score and what speaks for it: the features of half or more.
template <typename NameOf>
void PrintCandidate(bool chosen, float score, std::string_view text,
                    std::span<const float> features, const NameOf& name_of) {
  fmt::print("{} {:6.2f}  {}\n          ", chosen ? '+' : '-', score, OneLine(text));
  for (size_t i = 0; i < features.size(); ++i) {
    if (features[i] >= 0.5F) fmt::print("{} ", name_of(i));
  }
  fmt::print("\n");
}

void PrintCandidates(const Extractor::Explanation& why) {
  constexpr size_t kShown = 8;
  constexpr std::string_view kHeading = "\nCandidates for {} (score, what speaks for it):\n";
  if (!why.titles.empty()) fmt::print(kHeading, "the headline");
  for (size_t i = 0; i < std::min(kShown, why.titles.size()); ++i) {
    PrintCandidate(i == 0, why.titles[i].score, why.titles[i].candidate.text,
                   std::span(why.titles[i].candidate.features).first(deboilerplate::kTitleTraits),
                   deboilerplate::TitleFeatureName);
  }
  if (!why.dates.empty()) fmt::print(kHeading, "the date");
  for (const deboilerplate::DateCandidate& date : why.dates) {
    PrintCandidate(&date == why.dates.data(), date.score, date.date.Format(), date.features,
                   deboilerplate::DateFeatureName);
  }
  fmt::print(kHeading, "the authors");
  for (size_t i = 0; i < std::min(kShown, why.authors.size()); ++i) {
    const deboilerplate::AuthorCandidate& author = why.authors[i];
    PrintCandidate(
        i == 0, author.score,
        author.names.empty() ? "(nobody)" : fmt::format("{}", fmt::join(author.names, ", ")),
        author.features, deboilerplate::AuthorFeatureName);
  }
}

void PrintWhy(const Extractor::Explanation& why) {
  constexpr size_t kTextShown = 100;
  PrintCandidates(why);
  fmt::print("\nWhat was kept is a story with a probability of {:.2f}.\n", why.presence);
  fmt::print(
      "\nBlocks ({}; kept, probability by itself and among its neighbours, reason, elements, "
      "text):\n",
      OneLine(why.charset));
  for (const Extractor::ExplainedBlock& block : why.blocks) {
    fmt::print("{} {:.2f} {:.2f}  {:<22} {:<28} {}\n", block.kept ? '+' : '-', block.first,
               block.story, ReasonText(block.reason), OneLine(block.path),
               OneLine(base::CutUtf8(block.text, kTextShown)));
  }
}

void PrintArticle(const Article& article) {
  const auto line = [](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::print("{:<11}{}\n", name, OneLine(value));
  };
  line("title", article.title);
  line("authors", fmt::format("{}", fmt::join(article.authors, ", ")));
  line("published", article.published.has_value() ? article.published->Format() : "");
  line("modified", article.modified.has_value() ? article.modified->Format() : "");
  line("site", article.site);
  line("language", article.language);
  line("section", article.section);
  line("tags", fmt::format("{}", fmt::join(article.tags, ", ")));
  line("canonical", article.canonical_url);
  line("image", article.image_url);
  line("kind", fmt::format("{} ({:.2f}){}", KindName(article.kind), article.confidence,
                           article.truncated ? ", cut at a limit" : ""));
  fmt::print("\n{}\n", Lines(article.text));
}

absl::StatusOr<int> RunOne(const ExtractOptions& options, const Extractor& extractor,
                           size_t bytes_max) {
  const absl::StatusOr<WebPage> page = ReadPage(
      options.page, {.private_addresses = options.private_addresses, .bytes_max = bytes_max});
  if (!page.ok()) return page.status();
  const std::string_view url = options.url.empty() ? page->url : options.url;
  const std::string_view charset = options.charset.empty() ? page->charset : options.charset;
  const Extractor::Input input{
      .url = url,
      .charset = charset,
      .content_type = options.plain ? std::string_view("text/plain") : page->content_type,
      .feed_title = {}};
  Extractor::Explanation why;
  const Article article =
      extractor.Extract(page->body, input, nullptr, options.why ? &why : nullptr);
  if (IsWebAddress(options.page) && page->url != options.page)
    fmt::print("{:<11}{}\n", "at", page->url);
  PrintArticle(article);
  if (options.why) PrintWhy(why);
  return 0;
}

absl::StatusOr<int> Run(const ExtractOptions& options) {
  const Extractor::Options limits;
  absl::StatusOr<std::unique_ptr<Extractor>> extractor = Extractor::Create(limits);
  if (!extractor.ok()) return extractor.status();
  if (options.batch.jsonl.empty()) {
    if (options.page.empty()) RefuseUsage("name a FILE or URL, - for stdin, or --jsonl FILE");
    return RunOne(options, **extractor, limits.bytes_max);
  }
  ExtractJob job(**extractor, std::filesystem::path(options.batch.jsonl).parent_path(),
                 limits.bytes_max, options.site_memory);
  return RunBatch(options.batch, job, std::cout, std::cerr);
}

}  // namespace

void AddExtractVerb(CLI::App& app, int& exit_status) {
  CLI::App* verb = app.add_subcommand("extract", "Prints a page's article and metadata.");
  verb->footer(
      "Examples:\n"
      "  sluice extract page.html --why          each block of a saved page, kept or dropped\n"
      "  sluice extract https://example.org/a    fetched as the crawler would: size, time and\n"
      "                                          address limits hold; robots.txt is not asked\n"
      "  sluice extract --jsonl pages.jsonl      many: id, url?, charset?, and html, text or file");
  auto options = std::make_shared<ExtractOptions>();
  CLI::Option* page = verb->add_option(
      "FILE|URL", options->page,
      "A file, may be .gz; - is stdin; or an address (http, https), which is fetched.");
  AddBatchOptions(*verb, *page, options->batch);
  verb->add_option("--url", options->url, "The page's address, where it is a file.")->needs(page);
  verb->add_option("--charset", options->charset, "As an HTTP header would say.")->needs(page);
  verb->add_flag("--plain", options->plain, "The page is flattened text, whatever it looks like.")
      ->needs(page);
  verb->add_flag("--why", options->why, "Show each block, kept or dropped, with the reasons.")
      ->needs(page);
  verb->add_flag("--allow-private-addresses", options->private_addresses,
                 "Fetch from this machine and from private networks too.")
      ->needs(page);
  verb->add_flag("--site-memory", options->site_memory,
                 "With --jsonl: take out lines that two other pages of the site had before.")
      ->needs("--jsonl");
  verb->callback([options, &exit_status] {
    const absl::StatusOr<int> status = Run(*options);
    if (!status.ok()) {
      std::cerr << fmt::format(
          "sluice extract: {}\n",
          std::string_view(status.status().message().data(), status.status().message().size()));
      exit_status = 1;
      return;
    }
    exit_status = *status;
  });
}

}  // namespace sluice::cli
