// How fast pages are extracted, beside lexbor's bare parse and walk of the same bytes; how much
// memory a page takes beyond its document tree; and how time grows with hostile input.
//
// Times are CPU time of this thread, the two measured in turn for every page, so that a busy
// machine disturbs both alike.

#include <fmt/format.h>
#include <lexbor/html/html.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "pipeline/codec/packed_file.h"
#include "services/deboilerplate/extractor.h"

namespace {

// What is allocated by C++ while memory is measured: lexbor, and so the document tree, uses malloc.
bool counting = false;
size_t live_bytes = 0;
size_t peak_bytes = 0;

}  // namespace

void* operator new(size_t size) {
  void* out = std::malloc(size);
  if (out == nullptr) std::abort();
  if (counting) {
    live_bytes += malloc_usable_size(out);
    peak_bytes = std::max(peak_bytes, live_bytes);
  }
  return out;
}

void operator delete(void* memory) noexcept {
  if (counting) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void operator delete(void* memory, size_t /*size*/) noexcept { operator delete(memory); }

namespace sluice::deboilerplate {
namespace {

constexpr size_t kPagesMax = 300;
constexpr int kRounds = 3;

double CpuSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Every n-th page of the development set where it is there, else the golden pages.
std::vector<std::string> ReadPages(std::string& from) {
  std::vector<std::filesystem::path> paths;
  for (const char* folder :
       {"/../shared/data/extraction/pages", "/tests/golden/deboilerplate/pages"}) {
    from = std::string(SLUICE_SOURCE_DIR) + folder;
    if (!std::filesystem::is_directory(from)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(from))
      paths.push_back(entry.path());
    if (!paths.empty()) break;
  }
  std::sort(paths.begin(), paths.end());
  const size_t step = std::max<size_t>(1, paths.size() / kPagesMax);
  std::vector<std::string> pages;
  for (size_t i = 0; i < paths.size(); i += step) {
    absl::StatusOr<std::string> page = codec::ReadPackedFile(paths[i], 8 << 20);
    if (page.ok()) pages.push_back(*std::move(page));
  }
  return pages;
}

size_t Walk(const lxb_dom_node_t* root) {
  size_t nodes = 0;
  const lxb_dom_node_t* at = root;
  while (at != nullptr) {
    ++nodes;
    if (at->first_child != nullptr) {
      at = at->first_child;
      continue;
    }
    while (at != root && at->next == nullptr) at = at->parent;
    at = at == root ? nullptr : at->next;
  }
  return nodes;
}

void CompareWithLexbor() {
  std::string from;
  const std::vector<std::string> pages = ReadPages(from);
  if (pages.empty()) {
    fmt::print("extraction: no pages in {}\n", from);
    return;
  }
  const std::unique_ptr<Extractor> extractor = *Extractor::Create(Extractor::Options());
  lxb_html_document_t* document = lxb_html_document_create();
  double bare = 0;
  double whole = 0;
  size_t bytes = 0;
  size_t nodes = 0;
  size_t text = 0;
  for (int round = 0; round <= kRounds; ++round) {  // The first warms up.
    for (const std::string& page : pages) {
      const double start = CpuSeconds();
      lxb_html_document_clean(document);
      lxb_html_document_parse(document, reinterpret_cast<const lxb_char_t*>(page.data()),
                              page.size());
      nodes += Walk(reinterpret_cast<const lxb_dom_node_t*>(document));
      const double between = CpuSeconds();
      text += extractor->Extract(page, Extractor::Input()).text.size();
      const double end = CpuSeconds();
      if (round == 0) continue;
      bare += between - start;
      whole += end - between;
      bytes += page.size();
    }
  }
  lxb_html_document_destroy(document);
  const auto count = static_cast<double>(kRounds * pages.size());
  fmt::print("extraction: {} pages of {}, {:.0f} KB a page ({} nodes, {} bytes of text)\n",
             pages.size(), from, static_cast<double>(bytes) / count / 1e3, nodes, text);
  fmt::print("extraction: lexbor parse and walk {:.0f} pages/s, {:.0f} MB/s\n", count / bare,
             static_cast<double>(bytes) / bare / 1e6);
  fmt::print("extraction: whole stage {:.0f} pages/s, {:.0f} MB/s\n", count / whole,
             static_cast<double>(bytes) / whole / 1e6);
  fmt::print("extraction: ratio {:.3f}\n", bare / whole);
}

// Each page by an extractor of its own, so that no page uses what another one left.
void MeasureMemory() {
  std::string from;
  std::vector<size_t> peaks;
  counting = true;
  for (const std::string& page : ReadPages(from)) {
    const std::unique_ptr<Extractor> extractor = *Extractor::Create(Extractor::Options());
    const size_t before = peak_bytes = live_bytes;
    extractor->Extract(page, Extractor::Input());
    peaks.push_back(peak_bytes - before);
  }
  if (peaks.empty()) return;
  std::sort(peaks.begin(), peaks.end());
  const auto megabytes = [&peaks](double share) {
    return static_cast<double>(
               peaks[static_cast<size_t>(share * static_cast<double>(peaks.size() - 1))]) /
           1e6;
  };
  fmt::print(
      "extraction: memory beyond the document tree, MB a page: median {:.2f}, 99 % {:.2f}, "
      "most {:.2f}\n",
      megabytes(0.5), megabytes(0.99), megabytes(1));
}

std::string Repeat(std::string_view part, size_t bytes) {
  std::string out;
  out.reserve(bytes + part.size());
  while (out.size() < bytes) out.append(part);
  return out;
}

std::string ManyAttributes(size_t bytes) {
  std::string out = "<p ";
  for (size_t i = 0; out.size() < bytes; ++i) out += fmt::format("a{}=1 ", i);
  return out + ">text</p>";
}

// A tag with a character reference, which is lexbor's, so that each name goes into its table.
std::string ManyNames(size_t bytes) {
  std::string out = "<p class='&amp;' ";
  for (size_t i = 0; out.size() < bytes; ++i) out += fmt::format("{:x}q ", i);
  return out + ">text</p>";
}

std::string DifferentBolds(size_t bytes) {
  std::string out;
  for (size_t i = 0; out.size() < bytes; ++i) out += fmt::format("<b a={}><p>", i);
  return out;
}

struct Hostile {
  std::string name;
  std::function<std::string(size_t)> make;
};

// Time for eight times the bytes, on pages made to be slow, the largest as large as is read by
// default.
void Grow() {
  const std::vector<Hostile> pages = {
      {"nested tables", [](size_t n) { return Repeat("<table><tr><td>x ", n); }},
      {"unclosed tags", [](size_t n) { return Repeat("<div><p><b>word ", n); }},
      {"attributes", ManyAttributes},
      {"names", ManyNames},
      {"formatting", DifferentBolds},
      {"one line", [](size_t n) { return Repeat("word and word, ", n); }},
      {"one line of text", [](size_t n) { return "<p>" + Repeat("word and word, ", n); }},
      {"short lines", [](size_t n) { return Repeat("<p>Short line.</p>", n); }},
      {"links", [](size_t n) { return Repeat("<li><a href=x>Some link here</a>", n); }},
      {"breaks", [](size_t n) { return Repeat("line<br>", n); }},
      {"entities", [](size_t n) { return Repeat("&amp;&lt;&#x41;", n); }},
      {"JSON-LD",
       [](size_t n) {
         return "<script type=application/ld+json>" + Repeat("[{\"@graph\":", n) + "</script><p>x";
       }},
      {"quotes in JSON-LD",
       [](size_t n) {
         return "<script type=application/ld+json>{\"a\":\"" + Repeat("\" ", n) + "</script><p>x";
       }},
      {"tags in JSON-LD",
       [](size_t n) {
         return "<script type=application/ld+json>{\"@type\":\"Article\",\"articleBody\":\"" +
                Repeat("<a ", n) + "\"}</script><p>x";
       }},
      {"wrapped lines",
       [](size_t n) {
         return "<pre>" + Repeat("word and word and word and word and one more word\n", n);
       }},
      {"headings", [](size_t n) { return Repeat("<h1>Some heading here</h1>", n); }},
      {"deep spans", [](size_t n) { return Repeat("<span>", n) + "x"; }},
      {"select", [](size_t n) { return Repeat("<select><option>", n); }},
      {"angle brackets", [](size_t n) { return Repeat("<", n); }},
  };
  const std::unique_ptr<Extractor> extractor = *Extractor::Create(Extractor::Options());
  constexpr size_t kBytes = 2 << 20;
  constexpr size_t kFactor = 4;
  fmt::print("growth: {:<20} {:>9} {:>9} {:>7}\n", "page", "2 MiB, ms", "8 MiB, ms", "4:1");
  double worst = 0;
  double slowest = 0;
  for (const Hostile& page : pages) {
    const auto seconds_of = [&](size_t factor) {
      const std::string bytes = page.make(factor * kBytes);
      const double start = CpuSeconds();
      extractor->Extract(bytes,
                         {.content_type = page.name == "one line" ? "text/plain" : "text/html"});
      return CpuSeconds() - start;
    };
    const double small = seconds_of(1);
    const double large = seconds_of(kFactor);
    worst = std::max(worst, large / small);
    slowest = std::max(slowest, large);
    fmt::print("growth: {:<20} {:>9.1f} {:>9.1f} {:>7.1f}\n", page.name, 1e3 * small, 1e3 * large,
               large / small);
  }
  fmt::print("growth: worst 4:1 is {:.1f} (linear: 4); slowest page {:.0f} ms\n", worst,
             1e3 * slowest);
}

}  // namespace
}  // namespace sluice::deboilerplate

// Without an argument all; `speed`, `memory` or `growth` the one alone.
int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (only.empty() || only == "speed") sluice::deboilerplate::CompareWithLexbor();
  if (only.empty() || only == "memory") sluice::deboilerplate::MeasureMemory();
  if (only.empty() || only == "growth") sluice::deboilerplate::Grow();
  return 0;
}
