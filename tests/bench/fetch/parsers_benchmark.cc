// What the parsers of fetch cost. Archives are measured beside bare decompression of the same
// bytes, in one run: the ratio is what counts.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <libdeflate.h>

#include <string>
#include <vector>

#include "pipeline/url/normalized_url.h"
#include "services/fetch/feed.h"
#include "services/fetch/http_message.h"
#include "services/fetch/robots.h"
#include "services/fetch/warc.h"

namespace sluice::fetch {
namespace {

constexpr int kPages = 64;

// Some 120 KB of markup that deflates about as pages do.
std::string Page(uint32_t seed) {
  std::string html = "<!doctype html><title>page</title>";
  for (int i = 0; i < 1500; ++i) {
    seed = seed * 1664525 + 1013904223;
    html += fmt::format("<p class=\"c{}\">word{} of {} and <a href=\"/{}\">more</a></p>\n", i % 7,
                        seed >> 20, seed >> 8, seed % 9973);
  }
  return html;
}

std::string Gzip(const std::string& text) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

std::string Record(const std::string& body) {
  const std::string http = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body;
  return fmt::format(
      "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/\r\n"
      "Content-Type: application/http\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n",
      http.size(), http);
}

const std::vector<std::string>& Members() {
  static const std::vector<std::string> members = [] {
    std::vector<std::string> made;
    for (int i = 0; i < kPages; ++i) made.push_back(Gzip(Record(Page(static_cast<uint32_t>(i)))));
    return made;
  }();
  return members;
}

// Pages a second: records read, HTTP parsed, bodies decoded.
void BM_ReadWarc(benchmark::State& state) {
  std::string archive;
  for (const std::string& member : Members()) archive += member;
  for (auto _ : state) {
    MemorySource source(archive);
    const auto reader = WarcReader::Create(source, {});
    size_t bytes = 0;
    while (*(*reader)->Next() == WarcReader::Event::kRecord) {
      const auto message = ParseHttpMessage((*reader)->record().block);
      HttpBody body;
      DecodeHttpBody(*message, {}, body).IgnoreError();
      bytes += body.bytes.size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * kPages);
}
BENCHMARK(BM_ReadWarc);

// The bound: the same members inflated at once, nothing read.
void BM_InflateOnly(benchmark::State& state) {
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::string out(1 << 20, '\0');
  for (auto _ : state) {
    for (const std::string& member : Members()) {
      size_t made = 0;
      libdeflate_gzip_decompress(decompressor, member.data(), member.size(), out.data(), out.size(),
                                 &made);
      benchmark::DoNotOptimize(made);
    }
  }
  libdeflate_free_decompressor(decompressor);
  state.SetItemsProcessed(state.iterations() * kPages);
}
BENCHMARK(BM_InflateOnly);

void BM_NormalizeUrl(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(url::NormalizedUrl::Parse(
        "https://www.News.example/2024/05/06/a-story-of-some-length?utm_source=rss&id=17#top"));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_NormalizeUrl);

void BM_ParseFeed(benchmark::State& state) {
  std::string rss = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title>";
  for (int i = 0; i < 100; ++i) {
    rss += fmt::format(
        "<item><title>Story {0} &amp; "
        "more</title><link>https://a.example/{0}</link><guid>https://a.example/{0}</guid>"
        "<pubDate>Thu, 01 Jan 2004 19:48:21 GMT</pubDate><description>{1}</description></item>",
        i, std::string(500, 'x'));
  }
  rss += "</channel></rss>";
  for (auto _ : state) {
    benchmark::DoNotOptimize(ParseFeed({.body = rss, .url = "https://a.example/feed"}, {}));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(rss.size()));
}
BENCHMARK(BM_ParseFeed);

void BM_AskRobots(benchmark::State& state) {
  std::string text = "User-agent: *\n";
  for (int i = 0; i < 300; ++i) text += fmt::format("Disallow: /section{}/*/print$\n", i);
  const Robots robots = Robots::Parse(text, "sluice");
  const url::Url url =
      *url::Url::Parse("https://a.example/2024/05/06/a-story-of-some-length?id=17");
  for (auto _ : state) benchmark::DoNotOptimize(robots.Allows(url));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AskRobots);

}  // namespace
}  // namespace sluice::fetch
