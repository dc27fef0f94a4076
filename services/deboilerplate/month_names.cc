#include "services/deboilerplate/month_names.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"

namespace sluice::deboilerplate {
namespace {

struct MonthNames {
  int month;
  std::string_view names;  // Beginnings, lower case (ASCII), separated by blanks; a name matches a
                           // word that begins with it.
};

constexpr MonthNames kMonths[] = {
    {1,
     "jan janv ener gennai genn ocak sty led янв січ студз јан ιαν ينار يناير जनवरी জানু "
     "tammik ינואר siječ جانفي ژانویه"},
    {2,
     "feb févr fevr febb şubat subat lut únor фев лют феб φεβ فبراير फरवरी फ़रवरी ফেব্রু "
     "helmik פברואר velj شباط فيفري فوریه"},
    {3,
     "mar mär maerz mars marz maret maart mrt márc březen март берез сакав μαρ مارس मार्च "
     "মার্চ maalisk מרץ ožuj آذار"},
    {4,
     "apr avr abr ápr nisan kwie kwi dub апр квіт крас απρ أبريل ابريل अप्रैल এপ্রিল "
     "huhtik אפריל travnj نيسان أفريل آوریل"},
    {5,
     "may mai mei maj máj magg mag mayıs mayis května мая май трав мај μαΐ μαϊ مايو मई মে "
     "toukok מאי svibnj květ أيار ماي مه"},
    {6,
     "jun juin júni giu haziran cze června июн юни черв чэрв јун ιουν يونيو जून জুন kesäk "
     "יוני lipnj حزيران جوان ژوئن"},
    {7,
     "jul juil júli lug temmuz lip červenc июл юли лип ліп јул ιουλ يوليو जुलाई জুলাই "
     "heinäk יולי srpnj تموز جويلية ژوئیه"},
    {8,
     "aug août aout ago ağustos agustos agt sie srp srpn авг серп жнів αυγ أغسطس अगस्त "
     "আগস্ট elok אוגוסט kolovoz agust آب أوت اوت"},
    {9,
     "sep set eylül eylul szept wrz září сент сеп верес верас σεπ سبتمبر सितंबर सितम्बर "
     "সেপ্টে syysk ספטמבר rujn أيلول سپتامبر"},
    {10,
     "oct okt out ott ekim paź říj окт жовт кастр οκτ أكتوبر अक्टूबर अक्तूबर অক্টো lokak "
     "אוקטובר اکتبر"},
    {11,
     "nov kasım kasim lis listopad нояб ноем новем лист ліст νοε نوفمبر नवंबर नवम्बर নভে "
     "marrask נובמבר studen نوامبر"},
    {12,
     "dec dez déc dic aralık aralik gru pros дек груд снеж дец δεκ ديسمبر दिसंबर दिसम्बर "
     "ডিসে jouluk des דצמבר دسامبر"},
};

// Letters of ASCII, Cyrillic and Greek in lower case.
std::string Lower(std::string_view word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    const auto lead = static_cast<uint8_t>(word[i]);
    const auto next = static_cast<uint8_t>(i + 1 < word.size() ? word[i + 1] : 0);
    const bool first = (lead == 0xD0 && next >= 0x90 && next <= 0x9F) ||
                       (lead == 0xCE && next >= 0x91 && next <= 0x9F);
    const bool second = (lead == 0xD0 || lead == 0xCE) && next >= 0xA0 && next <= 0xAF;
    if (first || second) {
      out.push_back(static_cast<char>(first ? lead : lead + 1));
      out.push_back(static_cast<char>(first ? next + 0x20 : next - 0x20));
      ++i;
    } else {
      out.push_back(absl::ascii_tolower(lead));
    }
  }
  return out;
}

}  // namespace

int MonthOf(std::string_view word) {
  if (word.size() < 3) return 0;
  if (word.starts_with("ב")) word.remove_prefix(2);  // Hebrew's "in".
  const std::string lower = Lower(word.substr(0, 24));
  for (const MonthNames& entry : kMonths) {
    std::string_view rest = entry.names;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find(' '), rest.size());
      if (std::string_view(lower).starts_with(rest.substr(0, end)) && lower.size() <= end + 8)
        return entry.month;
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return 0;
}

}  // namespace sluice::deboilerplate
