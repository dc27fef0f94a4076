#include "services/fetch/feed_date_names.h"

#include <algorithm>
#include <array>

namespace sluice::fetch {
namespace {

struct MonthName {
  std::string_view prefix;
  int month;
};

// In English, German, Dutch, Danish, Norwegian, Swedish, French, Spanish, Portuguese, Italian,
// Polish, Hungarian, Russian and Greek. Of two prefixes that fit, the longer counts.
constexpr auto kMonths = std::to_array<MonthName>({
    {"jan", 1},  {"jän", 1},  {"ene", 1},  {"gen", 1},  {"sty", 1},  {"янв", 1},  {"ιαν", 1},
    {"feb", 2},  {"fév", 2},  {"fev", 2},  {"lut", 2},  {"фев", 2},  {"φεβ", 2},  {"mar", 3},
    {"mär", 3},  {"mrz", 3},  {"maa", 3},  {"már", 3},  {"мар", 3},  {"μάρ", 3},  {"μαρ", 3},
    {"μάώ", 3},  {"μαώ", 3},  {"apr", 4},  {"avr", 4},  {"abr", 4},  {"ápr", 4},  {"kwi", 4},
    {"апр", 4},  {"απρ", 4},  {"may", 5},  {"mai", 5},  {"maj", 5},  {"mei", 5},  {"mag", 5},
    {"máj", 5},  {"máu", 5},  {"май", 5},  {"мая", 5},  {"μάι", 5},  {"μαϊ", 5},  {"μαι", 5},
    {"jun", 6},  {"jún", 6},  {"juin", 6}, {"giu", 6},  {"cze", 6},  {"июн", 6},  {"ιούν", 6},
    {"ιουν", 6}, {"ιον", 6},  {"jul", 7},  {"júl", 7},  {"juil", 7}, {"lug", 7},  {"lip", 7},
    {"июл", 7},  {"ιούλ", 7}, {"ιουλ", 7}, {"ιολ", 7},  {"aug", 8},  {"aoû", 8},  {"aou", 8},
    {"ago", 8},  {"sie", 8},  {"авг", 8},  {"αύγ", 8},  {"αυγ", 8},  {"sep", 9},  {"set", 9},
    {"sze", 9},  {"wrz", 9},  {"сен", 9},  {"σεπ", 9},  {"oct", 10}, {"okt", 10}, {"out", 10},
    {"ott", 10}, {"paź", 10}, {"окт", 10}, {"οκτ", 10}, {"nov", 11}, {"lis", 11}, {"ноя", 11},
    {"νοέ", 11}, {"νοε", 11}, {"dec", 12}, {"dez", 12}, {"déc", 12}, {"dic", 12}, {"des", 12},
    {"gru", 12}, {"дек", 12}, {"δεκ", 12},
});

struct Zone {
  std::string_view name;
  int minutes;
};

constexpr auto kZones = std::to_array<Zone>({
    {"acdt", 630},  {"acst", 570}, {"adt", -180}, {"aedt", 660}, {"aest", 600}, {"akdt", -480},
    {"akst", -540}, {"ast", -240}, {"at", -240},  {"awst", 480}, {"bst", 60},   {"cat", 120},
    {"cdt", -300},  {"cest", 120}, {"cet", 60},   {"cst", -360}, {"ct", -360},  {"eat", 180},
    {"edt", -240},  {"eest", 180}, {"eet", 120},  {"est", -300}, {"et", -300},  {"gmt", 0},
    {"hkt", 480},   {"hst", -600}, {"ist", 330},  {"jst", 540},  {"kst", 540},  {"mdt", -360},
    {"mest", 120},  {"mesz", 120}, {"met", 60},   {"mez", 60},   {"msk", 180},  {"mst", -420},
    {"mt", -420},   {"ndt", -150}, {"nst", -210}, {"nzdt", 780}, {"nzst", 720}, {"pdt", -420},
    {"pht", 480},   {"pkt", 300},  {"pst", -480}, {"pt", -480},  {"sast", 120}, {"sgt", 480},
    {"ut", 0},      {"utc", 0},    {"wat", 60},   {"west", 60},  {"wet", 0},    {"wib", 420},
    {"z", 0},
});
static_assert(std::ranges::is_sorted(kZones, {}, &Zone::name));

}  // namespace

int MonthOfName(std::string_view lower_word) {
  const MonthName* best = nullptr;
  for (const MonthName& name : kMonths) {
    if (lower_word.starts_with(name.prefix) &&
        (best == nullptr || name.prefix.size() > best->prefix.size())) {
      best = &name;
    }
  }
  return best == nullptr ? 0 : best->month;
}

std::optional<int> ZoneOffsetMinutes(std::string_view lower_name) {
  if (lower_name.starts_with("etc/")) lower_name.remove_prefix(4);
  const auto zone = std::ranges::lower_bound(kZones, lower_name, {}, &Zone::name);
  if (zone != kZones.end() && zone->name == lower_name) return zone->minutes;
  if (lower_name.size() != 1 || lower_name[0] < 'a' || lower_name[0] > 'y' ||
      lower_name[0] == 'j') {
    return std::nullopt;
  }
  // RFC 822's letters: A is -1 to M -12 without J, N is +1 to Y +12.
  const int letter = lower_name[0] - 'a' + 1;
  const int hours = letter > 13 ? letter - 13 : -(letter > 10 ? letter - 1 : letter);
  return hours * 60;
}

}  // namespace sluice::fetch
