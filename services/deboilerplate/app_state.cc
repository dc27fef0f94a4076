#include "services/deboilerplate/app_state.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "services/deboilerplate/loose_json.h"

namespace sluice::deboilerplate {
namespace {

// Of a part of the data, to go into it alone.
constexpr double kShareMin = 0.8;

bool EndsSentence(std::string_view text) {
  for (const std::string_view end :
       {".", "!", "?", "\"", ":", "\u201D", "\u2019", "\u00BB", "\u3002", "\u300D"}) {
    if (text.ends_with(end)) return true;
  }
  return false;
}

// The paragraphs of a value that is a text: one, several in markup, or none.
std::string Paragraphs(const LooseValue& value) {
  constexpr size_t kBytesMin = 60;
  if (value.kind != LooseValue::Kind::kText || value.text.size() < kBytesMin) return "";
  if (value.text.find("<p") != std::string::npos) return PlainLines(value.text);
  std::string line = PlainText(value.text);
  const bool spaced = line.find("://") == std::string::npos && line.find('{') == std::string::npos;
  return spaced && EndsSentence(line) ? line : "";
}

size_t ProseBytes(const LooseValue& value) {
  size_t bytes = Paragraphs(value).size();
  for (const LooseValue& item : value.items) bytes += ProseBytes(item);
  for (const LooseMember& member : value.members) bytes += ProseBytes(member.value);
  return bytes;
}

const LooseValue* ChildWith(const LooseValue& value, double bytes_min) {
  for (const LooseValue& item : value.items) {
    if (static_cast<double>(ProseBytes(item)) >= bytes_min) return &item;
  }
  for (const LooseMember& member : value.members) {
    if (static_cast<double>(ProseBytes(member.value)) >= bytes_min) return &member.value;
  }
  return nullptr;
}

void Append(const LooseValue& value, std::string& out) {
  if (const std::string lines = Paragraphs(value); !lines.empty())
    out.append(lines).push_back('\n');
  for (const LooseValue& item : value.items) Append(item, out);
  for (const LooseMember& member : value.members) Append(member.value, out);
}

}  // namespace

std::string TextOfState(absl::Span<const std::string> scripts) {
  std::string best;
  for (const std::string& script : scripts) {
    const LooseValue whole = ParseLooseJson(script);
    const double bytes_min = kShareMin * static_cast<double>(ProseBytes(whole));
    if (bytes_min <= static_cast<double>(best.size())) continue;
    const LooseValue* part = &whole;
    for (const LooseValue* child = part; child != nullptr; child = ChildWith(*part, bytes_min))
      part = child;
    std::string text;
    Append(*part, text);
    if (text.size() > best.size()) best = std::move(text);
  }
  return best;
}

}  // namespace sluice::deboilerplate
