#include "services/deboilerplate/byline_words.h"

#include "services/deboilerplate/word_table.h"

namespace sluice::deboilerplate {
namespace {

constexpr std::string_view kBefore =
    "story and photos by,medically reviewed by,fact checked by,fact-checked by,reviewed by,written "
    "by,posted by,published by,reported by,reporting by,submitted by,contributed by,article "
    "by,analysis by,opinion by,words by,text by,story by,edited by,ein artikel von,eine analyse "
    "von,ein kommentar von,ein gastbeitrag von,ein beitrag von,ein interview von,interview "
    "von,verfasst von,geschrieben von,escrito por,publicado por,escribe,\u00E9crit par,scritto "
    "da,aus,authors,author,autoren,autorin,autor,auteur,editor,redaktion,text,interview,"
    "rechtsanwalt,by,von,por,par,di,door,af,av,reported and written by,photos and story by,text "
    "and "
    "photos by,opinion by,publi\u00E9 par,propos recueillis par,a cura di,skrevet av,skrevet af,"
    "skriven av,oleh,penulis,yazar,yazan,\u0430\u0432\u0442\u043E\u0440,"
    "\u0410\u0432\u0442\u043E\u0440,\u0442\u0435\u043A\u0441\u0442,"
    "\u0422\u0435\u043A\u0441\u0442,بقلم,كتب,كتبت,نویسنده,작성자";

constexpr std::string_view kLabels =
    "words,column,opinion,analysis,report,texte,texto,testo,tekst,haber,kommentar,reportage,"
    "entrevista,foto und text,text und foto,tekst og foto,text och foto";

constexpr std::string_view kRoles =
    "writer editor reporter correspondent expert dietitian director manager contributor journalist "
    "educator specialist consultant founder analyst coach professor nutritionist producer "
    "columnist redakteur redakteurin officer president strategist photographer";

constexpr std::string_view kNewsrooms =
    "staff team desk news newsroom agency agencies agencia agence agentur redaktion redaction "
    "redacci\u00F3n redazione redacao editorial editors nachrichten media press presse "
    "pressestelle online gmbh ag inc llc ltd e.v. verlag university institute institut center "
    "centre magazine magazin zeitung times post tv radio office afp apa dpa efe reuters ap sid sda "
    "ansa afx ddp kna epd pti ani upi bloomberg xinhua associated company association stiftung "
    "foundation verband ministerium department group blog studio global international network "
    "guest contributor contributors sponsored admin web digital daily welle channel community "
    "support marketing";

constexpr std::string_view kFurniture =
    "admin,administrator,webmaster,senior,chief,editor,editors,reporter,writer,contributor,"
    "contributing,correspondent,published,updated,posted,follow,share,edited,fact,medically,"
    "reviewed,author,authors,photo,image,founder,associate,managing,read,more,view,see,email,"
    "guest,special,digital,news,usa,redakteur,redaktion,korrespondent,autor,autorin,stand,minutes,"
    "comment,subscribe,copyright,publi,folgen,written,text,date,home,blog,website,written "
    "by,posted "
    "by,by,von,por,par";

constexpr std::string_view kMonths =
    "jan feb mar apr may mai jun jul aug ago sep oct okt out nov dec dez dic d\u00E9 ene abr";

constexpr auto kTable = [] {
  WordTable<uint8_t, 1024> table;
  table.AddAll(kBefore, ",", kBylineBefore);
  table.AddAll(kLabels, ",", kBylineLabel);
  table.AddAll(kRoles, " ", kBylineRole);
  table.AddAll(kNewsrooms, " ", kBylineNewsroom);
  table.AddAll(kFurniture, ",", kBylineFurniture);
  table.AddAll(kMonths, " ", kBylineMonth);
  return table;
}();

}  // namespace

uint8_t BylineWordsOf(std::string_view phrase) {
  uint32_t hash = kWordSeed;
  for (const char c : phrase) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    hash = WordStep(hash, static_cast<uint8_t>(lower));
  }
  return kTable.Find(hash);
}

}  // namespace sluice::deboilerplate
