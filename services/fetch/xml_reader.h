#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/strings.h"
#include "services/fetch/xml_vocabulary.h"

namespace sluice::fetch {

// Walks through XML as feeds have it, well formed or not: start tags, text and end tags in order,
// end tags always in pairs with start tags. Slips are read as they were meant: bare '&' and '<',
// HTML entities, unquoted attributes, end tags that are missing or stray, forbidden characters,
// text around the root. Names come in lower case.
//
// There is no DTD: nothing is ever fetched or read, and of entity declarations only those with a
// plain short value count, so that no text grows. Time and memory are linear in the document. Also
// reads HTML snippets.
//
//   XmlReader reader(utf8, {});
//   while (reader.Next() != XmlReader::Event::kEnd) ...
class XmlReader {
 public:
  struct Limits {
    size_t depth_max = 4096;      // Deeper elements are passed over, their text is kept.
    size_t attributes_max = 64;   // Of an element; later ones are passed over.
    size_t entities_max = 64;     // Declared ones.
    size_t namespaces_max = 256;  // In scope at once.
    size_t entity_bytes_max = 256;
  };
  enum class Event { kStartTag, kEndTag, kText, kEnd };

  using Vocabulary = XmlVocabulary;

  struct Attribute {
    std::string prefix;  // As written, lower case.
    std::string name;
    std::string value;
  };

  // `utf8` must outlive the reader.
  XmlReader(std::string_view utf8, const Limits& limits);

  // What comes next. After kEnd: kEnd again. All views of the reader live until the next call.
  Event Next();

  // Of kStartTag and kEndTag.
  std::string_view name() const { return name_; }
  Vocabulary vocabulary() const { return vocabulary_; }
  size_t depth() const { return open_.size(); }  // With the element itself while at its start tag.
  // Of kStartTag: an attribute without a prefix or with "rdf". Empty where it is missing.
  std::string_view attribute(std::string_view name) const;
  std::string_view xml_attribute(std::string_view name) const;  // xml:base, xml:lang.
  bool has_attribute(std::string_view name) const;

  // Of kText: the characters, entities decoded.
  std::string_view text() const { return text_; }

  // The document ended inside an element: it was cut off, or is ill formed.
  bool truncated() const { return truncated_; }
  size_t position() const { return at_; }  // In the text.

 private:
  struct Element {
    std::string name;  // With its prefix.
    size_t bindings;   // How many namespace bindings stood before it.
  };
  struct Binding {
    std::string prefix;
    Vocabulary vocabulary;
  };

  // Each takes what stands at at_, which it moves; true when there is something to tell.
  bool ReadMarkup();
  bool ReadCharacters();
  bool ReadCData();
  bool ReadStartTag();
  bool ReadEndTag();
  void ReadAttributes();
  void ReadAttribute();
  bool SkipTo(std::string_view end);
  bool SkipProcessingInstruction();
  bool SkipDoctype();
  void ReadEntityDeclaration(std::string_view declaration);
  Event Close();
  void BindNamespaces();
  void SetName(std::string_view qualified);
  std::string_view TakeName();
  void AppendDecoded(std::string_view raw, std::string& out) const;
  size_t AppendReference(std::string_view raw, std::string& out) const;

  std::string_view utf8_;
  Limits limits_;
  size_t at_ = 0;
  Event event_ = Event::kEnd;
  size_t closing_ = 0;      // So many end tags are still to be told.
  size_t passed_over_ = 0;  // Elements open beyond depth_max.
  bool truncated_ = false;
  bool doctype_read_ = false;
  std::vector<Element> open_;
  base::StringMap<size_t> open_counts_;  // By name: a stray end tag must not cost a search.
  std::vector<Binding> bindings_;
  base::StringMap<std::string> entities_;
  std::string name_;
  Vocabulary vocabulary_ = Vocabulary::kOther;
  std::vector<Attribute> attributes_;
  std::string text_;
};

// Reads a whole document into `builder`, which takes Start(reader), Text(text), End(reader,
// truncated) and gives the result from Finish(truncated).
template <typename Builder>
auto BuildFromXml(std::string_view utf8, Builder builder) {
  XmlReader reader(utf8, {});
  for (auto event = reader.Next(); event != XmlReader::Event::kEnd; event = reader.Next()) {
    if (event == XmlReader::Event::kStartTag) builder.Start(reader);
    if (event == XmlReader::Event::kText) builder.Text(reader.text());
    if (event == XmlReader::Event::kEndTag) builder.End(reader, reader.truncated());
  }
  return std::move(builder).Finish(reader.truncated());
}

}  // namespace sluice::fetch
