#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::fetch {

// Walks the start tags of an HTML document as the standard's tokenizer does (HTML, §13.2.5):
// comments, the contents of script, style, textarea and their like, and tags that the document's
// end cuts off are none. No tree is built, so that any bytes are read in linear time and without
// memory. `html` is in an encoding that extends ASCII, outlives the reader and need not be valid.
// One thread.
class HtmlTagReader {
 public:
  explicit HtmlTagReader(std::string_view html) : html_(html) {}

  // Goes on to the next start tag. False: there is none.
  bool Next();

  // Of that tag, in lower case; one that is longer than any of HTML's is cut off.
  std::string_view name() const { return name_; }

  // The value of the tag's first attribute of this name (in lower case), as written: see
  // CharacterReferences. Empty where it has no value, nullopt where there is no such attribute.
  std::optional<std::string_view> attribute(std::string_view name) const;

  // In a template: no part of the page before a script makes it one.
  bool in_template() const { return templates_ > 0; }

 private:
  // At a '<' that begins neither a comment nor anything else that is no tag: true.
  bool AtTag();
  void SkipComment();
  void SkipBeyond(std::string_view end);
  // Reads the tag at at_. False: the document ends in it.
  bool ReadTag();
  void EnterElement();
  void LeaveElement();
  void SkipRawText(std::string_view element);
  void SkipScript();
  bool IsEndTagOf(std::string_view element, size_t at) const;

  std::string_view html_;
  size_t at_ = 0;
  std::string name_;
  std::string_view attributes_;  // What is between the tag's name and its '>'.
  bool is_end_ = false;
  bool is_self_closing_ = false;
  size_t templates_ = 0;  // Open.
  size_t foreign_ = 0;    // Open svg and math elements, whose contents are never raw text.
};

}  // namespace sluice::fetch
