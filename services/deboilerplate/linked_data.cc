#include "services/deboilerplate/linked_data.h"

#include <algorithm>
#include <string_view>

#include "services/deboilerplate/loose_json.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kObjectsMax = 2'000;
constexpr size_t kAuthorsMax = 20;

enum class Type { kOther, kArticle, kNews, kLiveBlog, kListing, kVideo, kPage, kSite };

Type TypeOf(std::string_view name) {
  if (const size_t slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  if (name == "LiveBlogPosting") return Type::kLiveBlog;
  if (name.ends_with("NewsArticle")) return Type::kNews;
  if (name.ends_with("Article") || name.ends_with("Posting") || name == "Report" ||
      name == "Recipe" || name == "Review" || name == "HowTo" || name == "CreativeWork") {
    return name == "JobPosting" ? Type::kOther : Type::kArticle;
  }
  if (name == "CollectionPage" || name == "ItemList" || name == "SearchResultsPage")
    return Type::kListing;
  if (name == "VideoObject") return Type::kVideo;
  if (name.ends_with("WebPage") || name == "ItemPage") return Type::kPage;
  if (name == "WebSite") return Type::kSite;
  return Type::kOther;
}

Type TypeOf(const LooseValue& object) {
  const LooseValue* type = object.Find("@type");
  if (type == nullptr) return Type::kOther;
  if (type->kind == LooseValue::Kind::kArray) {
    for (const LooseValue& item : type->items) {
      if (const Type found = TypeOf(item.text); found != Type::kOther) return found;
    }
    return Type::kOther;
  }
  return TypeOf(type->text);
}

// Objects at the top, in arrays and in @graph; not those that are properties of others.
void Collect(const LooseValue& value, std::vector<const LooseValue*>& objects) {
  if (objects.size() >= kObjectsMax) return;
  for (const LooseValue& item : value.items) Collect(item, objects);
  if (value.kind != LooseValue::Kind::kObject) return;
  objects.push_back(&value);
  for (const auto* name : {"@graph", "mainEntity", "itemReviewed"}) {
    if (const LooseValue* inner = value.Find(name); inner != nullptr) Collect(*inner, objects);
  }
}

class Article {
 public:
  Article(const std::vector<const LooseValue*>& objects, LinkedData& out)
      : objects_(objects), out_(out) {}

  void Read(const LooseValue& object) {
    SetText(object, {"headline", "name"}, out_.headline);
    SetText(object, {"description"}, out_.description);
    SetText(object, {"articleBody", "text"}, out_.body, PlainLines);
    SetText(object, {"datePublished", "dateCreated"}, out_.published);
    SetText(object, {"dateModified"}, out_.modified);
    SetText(object, {"articleSection"}, out_.section);
    SetText(object, {"inLanguage"}, out_.language);
    SetText(object, {"url", "mainEntityOfPage"}, out_.url);
    for (const auto* name : {"image", "thumbnailUrl"}) {
      if (const LooseValue* image = object.Find(name); image != nullptr && out_.image.empty())
        out_.image = AddressOf(*image);
    }
    if (out_.site.empty()) {
      if (const LooseValue* publisher = object.Find("publisher"); publisher != nullptr)
        out_.site = NameOf(*publisher);
    }
    if (out_.authors.empty()) {
      for (const auto* name : {"author", "creator"}) {
        if (const LooseValue* author = object.Find(name); author != nullptr && out_.authors.empty())
          AddAuthors(*author);
      }
    }
    if (out_.keywords.empty()) {
      if (const LooseValue* keywords = object.Find("keywords"); keywords != nullptr)
        AddKeywords(*keywords);
    }
    if (const LooseValue* free = object.Find("isAccessibleForFree"); free != nullptr) {
      out_.paid = free->text == "false" || free->text == "False";
    }
  }

 private:
  void SetText(const LooseValue& object, std::initializer_list<std::string_view> names,
               std::string& field, std::string (*plain)(std::string_view) = PlainText) const {
    for (const std::string_view name : names) {
      if (!field.empty()) return;
      if (const LooseValue* value = object.Find(name); value != nullptr)
        field = plain(TextOf(*value));
    }
  }

  static std::string TextOf(const LooseValue& value) {
    switch (value.kind) {
      case LooseValue::Kind::kText:
        return value.text == "null" ? "" : value.text;
      case LooseValue::Kind::kArray:
        return value.items.empty() ? "" : TextOf(value.items.front());
      case LooseValue::Kind::kObject:
        for (const auto* name : {"name", "url", "@id", "@value"}) {
          if (const LooseValue* inner = value.Find(name); inner != nullptr && !inner->text.empty())
            return inner->text;
        }
        return "";
    }
    return "";
  }

  // Of an image: itself, or what an object has, which may be another one that {"@id": ...} names.
  std::string AddressOf(const LooseValue& value) const {
    if (value.kind == LooseValue::Kind::kText) return PlainText(TextOf(value));
    if (value.kind == LooseValue::Kind::kArray)
      return value.items.empty() ? "" : AddressOf(value.items.front());
    for (const auto* name : {"url", "contentUrl"}) {
      if (const LooseValue* address = value.Find(name); address != nullptr)
        return PlainText(TextOf(*address));
    }
    const LooseValue* id = value.Find("@id");
    if (id == nullptr) return "";
    for (const LooseValue* object : objects_) {
      const LooseValue* other = object->Find("@id");
      if (object != &value && other != nullptr && other->text == id->text &&
          (object->Find("url") != nullptr || object->Find("contentUrl") != nullptr))
        return AddressOf(*object);
    }
    return PlainText(id->text);
  }

  // Follows {"@id": ...} to the object that has the name.
  std::string NameOf(const LooseValue& value) const {
    if (value.kind == LooseValue::Kind::kText)
      return PlainText(value.text == "null" ? "" : value.text);
    if (value.kind == LooseValue::Kind::kArray)
      return value.items.empty() ? "" : NameOf(value.items.front());
    if (const LooseValue* name = value.Find("name"); name != nullptr)
      return PlainText(TextOf(*name));
    const LooseValue* family = value.Find("familyName");
    if (const LooseValue* given = value.Find("givenName"); given != nullptr && family != nullptr)
      return PlainText(given->text + " " + family->text);
    const LooseValue* id = value.Find("@id");
    if (id == nullptr) return "";
    for (const LooseValue* object : objects_) {
      const LooseValue* other = object->Find("@id");
      const LooseValue* name = object->Find("name");
      if (other != nullptr && name != nullptr && other->text == id->text)
        return PlainText(TextOf(*name));
    }
    return "";
  }

  void AddAuthors(const LooseValue& value) {
    if (value.kind == LooseValue::Kind::kArray) {
      for (const LooseValue& item : value.items) AddAuthors(item);
      return;
    }
    if (const LooseValue* name = value.Find("name");
        name != nullptr && name->kind == LooseValue::Kind::kArray) {
      return AddAuthors(*name);
    }
    out_.authors_are_people = out_.authors_are_people || IsPerson(value);
    std::string name = NameOf(value);
    if (name.empty() || out_.authors.size() >= kAuthorsMax) return;
    if (std::find(out_.authors.begin(), out_.authors.end(), name) == out_.authors.end())
      out_.authors.push_back(std::move(name));
  }

  static bool IsPerson(const LooseValue& value) {
    const LooseValue* type = value.Find("@type");
    return type != nullptr && type->text == "Person";
  }

  void AddKeywords(const LooseValue& value) {
    constexpr size_t kKeywordsMax = 50;
    if (value.kind == LooseValue::Kind::kArray) {
      for (const LooseValue& item : value.items) AddKeywords(item);
      return;
    }
    const std::string all = PlainText(TextOf(value));
    for (size_t at = 0; at < all.size() && out_.keywords.size() < kKeywordsMax;) {
      size_t end = all.find_first_of(",;", at);
      if (end == std::string::npos) end = all.size();
      size_t begin = at;
      while (begin < end && all[begin] == ' ') ++begin;
      if (end > begin) out_.keywords.push_back(all.substr(begin, end - begin));
      at = end + 1;
    }
  }

  const std::vector<const LooseValue*>& objects_;
  LinkedData& out_;
};

}  // namespace

LinkedData ReadLinkedData(absl::Span<const std::string> scripts) {
  LinkedData out;
  std::vector<LooseValue> values;
  values.reserve(scripts.size());
  for (const std::string& script : scripts) {
    // Templates escape what is no markup.
    const bool escaped = script.find('"') == std::string::npos;
    values.push_back(ParseLooseJson(escaped ? PlainText(script) : script));
  }
  std::vector<const LooseValue*> objects;
  for (const LooseValue& value : values) Collect(value, objects);
  std::vector<const LooseValue*> articles;
  std::vector<const LooseValue*> pages;
  for (const LooseValue* object : objects) {
    const Type type = TypeOf(*object);
    out.live_blog = out.live_blog || type == Type::kLiveBlog;
    out.listing = out.listing || type == Type::kListing;
    out.video = out.video || type == Type::kVideo;
    out.news = out.news || type == Type::kNews || type == Type::kLiveBlog;
    if (type == Type::kArticle || type == Type::kNews || type == Type::kLiveBlog)
      articles.push_back(object);
    if (type == Type::kPage) pages.push_back(object);
    // A publisher is the company as often as the paper.
    const LooseValue* name = type == Type::kSite ? object->Find("name") : nullptr;
    if (name != nullptr && out.site.empty()) out.site = PlainText(name->text);
  }
  out.article = !articles.empty();
  // A page may list other articles too: the one with a body or a date of its own is the page's.
  const auto rank = [](const LooseValue* object) {
    return (object->Find("datePublished") != nullptr ? 2 : 0) +
           (object->Find("headline") != nullptr ? 1 : 0) +
           (object->Find("articleBody") != nullptr ? 1 : 0);
  };
  const auto best = std::max_element(
      articles.begin(), articles.end(),
      [&rank](const LooseValue* a, const LooseValue* b) { return rank(a) < rank(b); });
  Article reader(objects, out);
  if (!articles.empty()) {
    reader.Read(**best);
  } else {
    for (const LooseValue* page : pages) reader.Read(*page);
    out.headline.clear();  // A page's name has the site's in it.
  }
  if (out.published.empty()) {
    for (const LooseValue* page : pages) reader.Read(*page);
  }
  return out;
}

}  // namespace sluice::deboilerplate
