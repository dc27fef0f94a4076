#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::deboilerplate {

struct LooseMember;

// A JSON value as found in pages. Numbers, booleans and null are kept as text.
struct LooseValue {
  enum class Kind { kText, kObject, kArray };
  Kind kind = Kind::kText;
  std::string text;
  std::vector<LooseMember> members;
  std::vector<LooseValue> items;

  // First member of the name; nullptr: none.
  const LooseValue* Find(std::string_view name) const;
};

struct LooseMember {
  std::string name;
  LooseValue value;
};

// Reads JSON that need not be JSON: line breaks and bare quotes in strings, commas too many or too
// few, comments around and inside, an end too soon. What makes no sense is passed over. Linear in
// the input; deeper or longer input than the caps is cut off.
LooseValue ParseLooseJson(std::string_view text, size_t values_max = 20'000, size_t depth_max = 32);

// Replaces character references (&amp; &quot; &#39; and the like) and tags by what they stand for,
// and collapses white space.
std::string PlainText(std::string_view text);
// As PlainText, but line breaks and the bounds of paragraphs stay, as one line break each.
std::string PlainLines(std::string_view text);

}  // namespace sluice::deboilerplate
