#include "tests/unit/dedupe/sample_texts.h"

#include <array>

namespace sluice::dedupe {
namespace {

constexpr std::array<std::string_view, 160> kWords = {
    "harbour",  "council",  "meeting",  "budget",    "bridge",    "river",     "school",
    "teacher",  "border",   "officer",  "parcel",    "shipment",  "powder",    "customs",
    "minister", "treaty",   "talks",    "export",    "chemical",  "factory",   "worker",
    "strike",   "union",    "wage",     "court",     "judge",     "sentence",  "appeal",
    "lawyer",   "witness",  "verdict",  "prison",    "hospital",  "nurse",     "patient",
    "vaccine",  "doctor",   "clinic",   "overdose",  "ambulance", "farmer",    "harvest",
    "drought",  "rain",     "storm",    "flood",     "village",   "road",      "train",
    "station",  "airport",  "flight",   "pilot",     "ticket",    "price",     "market",
    "bank",     "loan",     "interest", "inflation", "growth",    "trade",     "tariff",
    "steel",    "energy",   "power",    "plant",     "reactor",   "solar",     "wind",
    "grid",     "battery",  "election", "voter",     "ballot",    "party",     "leader",
    "speech",   "debate",   "poll",     "police",    "suspect",   "arrest",    "search",
    "house",    "street",   "weapon",   "victim",    "museum",    "artist",    "painting",
    "concert",  "festival", "theatre",  "film",      "actor",     "team",      "coach",
    "player",   "season",   "match",    "goal",      "league",    "stadium",   "science",
    "study",    "sample",   "climate",  "ocean",     "species",   "forest",    "fire",
    "said",     "told",     "reported", "warned",    "expected",  "announced", "agreed",
    "refused",  "opened",   "closed",   "raised",    "lowered",   "moved",     "stopped",
    "started",  "planned",  "large",    "small",     "early",     "late",      "public",
    "private",  "local",    "foreign",  "new",       "old",       "strong",    "weak",
    "quick",    "slow",     "heavy",    "light",     "the",       "a",         "of",
    "in",       "to",       "for",      "with",      "from",      "after",     "before",
    "under",    "over",     "between",  "during",    "against",   "without"};

constexpr std::array<std::string_view, 24> kNames = {
    "Aldert", "Brisa", "Corwin",  "Dagny", "Elmar", "Fenna", "Gorm",  "Hjalmar",
    "Ilka",   "Jorun", "Kasimir", "Liska", "Mirko", "Nadja", "Osric", "Petra",
    "Quirin", "Runa",  "Sorrel",  "Tibor", "Ulva",  "Viggo", "Wanda", "Ysolde"};

}  // namespace

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string_view SampleTexts::Word() { return kWords[Below(kWords.size())]; }

std::string SampleTexts::Name() {
  return std::string(kNames[Below(kNames.size())]) + std::string(kNames[Below(kNames.size())]);
}

std::string SampleTexts::Sentence() {
  std::string sentence = "The";
  const size_t words = 8 + Below(14);
  for (size_t i = 0; i < words; ++i) {
    sentence += ' ';
    const uint64_t kind = Below(20);
    if (kind == 0) {
      sentence += Name();
    } else if (kind == 1) {
      sentence += std::to_string(2 + Below(9000));
    } else {
      sentence += Word();
    }
  }
  sentence += '.';
  return sentence;
}

std::string SampleTexts::Article(size_t words) {
  std::string text;
  for (size_t have = 0; have < words;) {
    const std::string sentence = Sentence();
    have += SplitWords(sentence).size();
    if (!text.empty()) text += ' ';
    text += sentence;
  }
  return text;
}

std::string SampleTexts::Title() {
  std::string title = Name();
  for (int i = 0; i < 6; ++i) {
    title += ' ';
    title += Word();
  }
  return title;
}

std::string SampleTexts::Edited(std::string_view text, double share) {
  std::string edited;
  for (const std::string& word : SplitWords(text)) {
    if (!edited.empty()) edited += ' ';
    edited += static_cast<double>(Below(1000)) < 1000 * share ? std::string(Word()) : word;
  }
  return edited;
}

std::string SampleTexts::Abridged(std::string_view text, double share) {
  const auto least = static_cast<size_t>(share * static_cast<double>(text.size()));
  const size_t end = text.find(". ", least);
  return std::string(text.substr(0, end == std::string_view::npos ? end : end + 1));
}

}  // namespace sluice::dedupe
