// A section: the first line is a pattern of its links, the rest its page.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "services/fetch/section.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sluice::fetch::LinkPattern;
  constexpr std::string_view kUrl = "https://www.ministry.example/press/";
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  sluice::fetch::SectionRules rules;
  if (auto pattern = LinkPattern::Parse(input.substr(0, line)); pattern.ok()) {
    rules.links.push_back(*std::move(pattern));
  }
  const auto section =
      sluice::fetch::ParseSection(input.substr(line + 1), kUrl, "", rules, {.stories_max = 50});
  if (!section.ok()) return 0;
  if (section->stories.empty() || section->stories.size() > 50) std::abort();
  std::set<std::string> urls = {std::string(kUrl)};
  for (const auto& story : section->stories) {
    if (!story.url().IsHttp() || !urls.insert(story.text()).second) std::abort();
    if (rules.links.empty() && story.registrable_domain() != "ministry.example") std::abort();
    if (!rules.links.empty() && !rules.links[0].Matches(story, "ministry.example")) std::abort();
  }
  return 0;
}
