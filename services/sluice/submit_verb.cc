#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/status/statusor.h"
#include "pipeline/base/file.h"
#include "pipeline/base/proto_time.h"
#include "pipeline/base/strings.h"
#include "services/sluice/client.h"
#include "services/sluice/page_submission.h"
#include "services/sluice/submitted_urls.h"
#include "services/sluice/usage.h"
#include "services/sluice/verbs.h"

namespace sluice::cli {
namespace {

constexpr size_t kPageBytesMax = 64 << 20;

struct SubmitFlags {
  ClientOptions client;
  std::vector<std::string> urls;
  std::string page;
  std::string url;
  std::string content_type;
  std::string charset;
  std::string date;
  std::string title;
};

int SubmitUrls(const SubmitFlags& flags) {
  auto stub = service::v1::FetchService::NewStub(Connect(flags.client));
  bool all = true;
  for (const std::span<const std::string> urls : InCalls(flags.urls)) {
    grpc::ClientContext context;
    Bound(context);
    service::v1::SubmitUrlRequest request;
    request.mutable_urls()->Add(urls.begin(), urls.end());
    service::v1::SubmitUrlResponse response;
    const grpc::Status status = stub->SubmitUrl(&context, request, &response);
    if (!status.ok()) return Report(ClientError(flags.client, status));
    for (const service::v1::SubmitResult& result : response.results()) all = Show(result) && all;
  }
  return all ? 0 : 1;
}

absl::StatusOr<service::v1::SubmitPagesRequest> PageOf(const SubmitFlags& flags) {
  auto bytes = base::ReadFile(flags.page, kPageBytesMax);
  if (!bytes.ok()) return bytes.status();
  service::v1::SubmitPagesRequest request;
  request.set_url(flags.url);
  const bool gzip = bytes->starts_with("\x1f\x8b");
  (gzip ? *request.mutable_gzip_html() : *request.mutable_html()) = *std::move(bytes);
  const bool text = flags.page.ends_with(".txt") || flags.page.ends_with(".txt.gz");
  request.set_content_type(flags.content_type.empty() && text ? "text/plain" : flags.content_type);
  request.set_charset(flags.charset);
  request.set_title(flags.title);
  request.set_origin(data::v1::ORIGIN_SUBMITTED);
  if (flags.date.empty()) return request;
  absl::Time date;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, flags.date, &date, &error) &&
      !absl::ParseTime("%Y-%m-%d", flags.date, absl::UTCTimeZone(), &date, &error)) {
    return absl::InvalidArgumentError(fmt::format(
        "--date \"{}\" is no date; write 2026-11-22 or 2026-11-22T08:00:00Z", flags.date));
  }
  *request.mutable_date() = base::ToProto(date);
  return request;
}

int SubmitPage(const SubmitFlags& flags) {
  auto request = PageOf(flags);
  if (!request.ok()) return Report(request.status());
  const base::SystemClock clock;
  PageSubmission submission({.client = flags.client, .patience = absl::Seconds(30)}, clock);
  bool given = false;
  bool accepted = false;
  const absl::Status status = submission.Run(
      [&]() -> std::optional<PageSubmission::Page> {
        if (std::exchange(given, true)) return std::nullopt;
        return PageSubmission::Page{.request = *std::move(request), .tag = 0};
      },
      [&](uint64_t, const service::v1::SubmitResult& result) { accepted = Show(result); },
      [](const absl::Status& why) {
        std::cerr << fmt::format("sluice: {}; trying again\n", why.message());
      });
  if (!status.ok()) return Report(status);
  return accepted ? 0 : 1;
}

int Submit(const SubmitFlags& flags) {
  if (flags.urls.empty() == flags.page.empty()) {
    RefuseUsage("name either URLs, or --page FILE with --url URL");
  }
  if (flags.page.empty() != flags.url.empty()) {
    RefuseUsage("--page FILE and --url URL, the address that the page is known by, go together");
  }
  return flags.page.empty() ? SubmitUrls(flags) : SubmitPage(flags);
}

}  // namespace

void AddSubmitVerb(CLI::App& app, int& exit_status) {
  auto flags = std::make_shared<SubmitFlags>();
  CLI::App* verb =
      app.add_subcommand("submit",
                         "Hands URLs to be fetched, or a page that is there already, to a running "
                         "pipeline, and prints "
                         "their ids, which `sluice explain` takes.\n\n"
                         "sluice submit https://example.org/story https://example.org/other\n"
                         "sluice submit --page story.html --url https://example.org/story");
  AddClientOptions(*verb, flags->client);
  verb->add_option("URL", flags->urls, "To be fetched, politely.");
  CLI::Option* page =
      verb->add_option(
              "--page", flags->page,
              "A page, HTML or (by .txt or --content-type) plain text, may be gzip; - is stdin.")
          ->type_name("FILE");
  verb->add_option("--url", flags->url, "The page's URL.")->type_name("URL");
  verb->add_option("--content-type", flags->content_type,
                   "Such as text/plain. Else it is told from the bytes.")
      ->needs(page);
  verb->add_option("--charset", flags->charset, "As an HTTP header would say.")->needs(page);
  verb->add_option("--date", flags->date, "The day or time that it was published.")->needs(page);
  verb->add_option("--title", flags->title, "As a feed would have given it.")->needs(page);
  verb->callback([flags, &exit_status] { exit_status = Submit(*flags); });
}

}  // namespace sluice::cli
