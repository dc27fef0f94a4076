#include "services/deboilerplate/barriers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "pipeline/base/strings.h"

namespace sluice::deboilerplate {
namespace {

constexpr size_t kBytesMax = 80;
constexpr uint32_t kWordsMax = 9;

// A line each; ASCII in lower case, without punctuation. A block is one if it is equal to it.
constexpr std::string_view kWhole =
    "related\nrelated articles\nrelated article\nrelated stories\nrelated story\nrelated "
    "news\nrelated content\nrelated posts\n"
    "related topics\nrelated coverage\nrelated reading\nrelated links\nread more\nread also\nread "
    "next\nalso read\nsee also\n"
    "see more\nmore stories\nmore news\nmore articles\nmore like this\nmore on this story\nmore on "
    "this\nmore headlines\n"
    "more to read\nmore to explore\nmore reading\nfurther reading\nkeep reading\ncontinue "
    "reading\nyou may also like\n"
    "you might also like\nyou may like\nyou might like\nyou may also be interested in\nyou might "
    "be interested in\n"
    "recommended\nrecommended for you\nrecommended stories\nrecommended articles\nrecommended "
    "reading\nrecommendations\n"
    "our recommendations\nsuggested\nsuggested for you\nsuggested articles\nmost read\nmost "
    "popular\nmost viewed\nmost shared\n"
    "popular\npopular now\npopular posts\npopular stories\npopular articles\ntrending\ntrending "
    "now\ntrending stories\n"
    "trending news\nlatest\nlatest news\nlatest stories\nlatest articles\nlatest posts\nrecent "
    "posts\nrecent articles\n"
    "recent news\nrecent stories\ntop stories\ntop news\neditors picks\neditor's picks\neditors "
    "pick\nfeatured\n"
    "featured stories\nfeatured articles\ndont miss\ndon't miss\nup next\nnext article\nprevious "
    "article\nnext story\nnext post\n"
    "previous post\ncomments\ncomment\nno comments\nno comments yet\nleave a comment\nleave a "
    "reply\npost a comment\n"
    "add a comment\njoin the conversation\njoin the discussion\nview comments\nshow "
    "comments\nwrite a comment\ndiscussion\n"
    "reader comments\nhashtags\ntags\ntopics\nfiled under\nmore about\nshare\nshare this\nshare "
    "this article\nshare this story\n"
    "share this post\nshare article\nshare news\nshare on\nshare via\nabout the author\nabout the "
    "authors\nabout author\n"
    "author bio\nmeet the author\nabout us\nabout the writer\ncontributors\nfollow "
    "us\nfollow\nnewsletter\nnewsletters\n"
    "sign up\nsubscribe\nsubscribe now\nsubscribe to our newsletter\nsign up for our "
    "newsletter\nget our newsletter\n"
    "stay informed\nstay connected\nstay up to date\nour journalism\nour picks\nfrom our "
    "partners\nfrom around the web\n"
    "from the web\naround the web\npartner content\nsponsored "
    "content\nsponsored\npromoted\npromoted stories\nwhat to read next\n"
    "whats next\nexplore more\nexplore\ndiscover more\nlearn more\nother articles\nother "
    "news\nother stories\nin other news\n"
    "similar articles\nsimilar posts\nsimilar stories\nalso on\nmore from this "
    "author\nreferences\nsources\n"
    "mehr zum thema\nzum thema\nlesen sie auch\nlesen sie mehr\nweitere artikel\nweitere "
    "themen\nweitere nachrichten\n"
    "weitere meldungen\ndas k\u00F6nnte sie auch interessieren\ndas k\u00F6nnte dich auch "
    "interessieren\n"
    "das k\u00F6nnte sie interessieren\n\u00E4hnliche artikel\nverwandte artikel\nverwandte "
    "themen\nauch interessant\n"
    "auch lesenswert\nmeistgelesen\nmeist gelesen\nmeistgelesene artikel\nbeliebteste "
    "artikel\nkommentare\nkommentar schreiben\n"
    "diskutieren sie mit\nempfehlungen\nempfohlen\nempfehlungen der redaktion\nunsere "
    "empfehlungen\nschlagw\u00F6rter\nthemen\n"
    "teilen\nartikel teilen\nmehr aus\nmehr dazu\nmehr lesen\ntop-themen\ntop themen\naktuelle "
    "nachrichten\naktuelle themen\n"
    "neueste artikel\nneueste beitr\u00E4ge\n\u00FCber den autor\n\u00FCber die autorin\nmehr "
    "von\nanzeige\nforum\n"
    "\u00E0 lire aussi\nlire aussi\na lire aussi\nsur le m\u00EAme sujet\narticles "
    "li\u00E9s\narticles similaires\n"
    "articles associ\u00E9s\nles plus lus\nles + lus\ncommentaires\nvos "
    "commentaires\npartager\nvoir aussi\nplus d'articles\n"
    "contenus sponsoris\u00E9s\nr\u00E9agir\nlaisser un commentaire\ndans la m\u00EAme rubrique\n"
    "art\u00EDculos relacionados\nnoticias relacionadas\nrelacionadas\nrelacionados\nte puede "
    "interesar\nle puede interesar\n"
    "tambi\u00E9n te puede interesar\nlea tambi\u00E9n\nlee tambi\u00E9n\nm\u00E1s "
    "noticias\nm\u00E1s informaci\u00F3n\n"
    "comentarios\nlo m\u00E1s le\u00EDdo\nlo m\u00E1s visto\nm\u00E1s "
    "le\u00EDdas\ncompartir\netiquetas\ntemas relacionados\n"
    "\u00FAltimas noticias\nm\u00E1s sobre\n"
    "leggi anche\narticoli correlati\npotrebbe interessarti\nti potrebbe interessare\npotrebbero "
    "interessarti\ncommenti\n"
    "i pi\u00F9 letti\ncondividi\naltri articoli\nultime notizie\n"
    "leia tamb\u00E9m\nnot\u00EDcias relacionadas\nartigos relacionados\nmais lidas\nmais "
    "lidos\ncoment\u00E1rios\nveja tamb\u00E9m\n"
    "compartilhe\n\u00FAltimas not\u00EDcias\nsaiba mais\n"
    "relaterede artikler\nl\u00E6s ogs\u00E5\nl\u00E6s mere\nmest l\u00E6ste\nkommentarer\ndel "
    "artiklen\nseneste nyt\n"
    "les ogs\u00E5\nles mer\nrelaterte artikler\nmest lest\nrelaterte saker\nsiste nytt\n"
    "l\u00E4s ocks\u00E5\nl\u00E4s mer\nl\u00E4s \u00E4ven\nrelaterade artiklar\nmest "
    "l\u00E4st\nmest l\u00E4sta\ndela\n"
    "senaste nytt\n\u00E4mnen\nlue my\u00F6s\nluetuimmat\nkommentit\n"
    "lees ook\nlees meer\ngerelateerde artikelen\ngerelateerd\nmeest gelezen\nreacties\nmeer "
    "over\ndeel dit artikel\n"
    "ilgili haberler\nyorumlar\nen \u00E7ok okunanlar\n\u00F6nerilen haberler\nilginizi "
    "\u00E7ekebilir\nson haberler\n"
    "bunlar da ilginizi \u00E7ekebilir\n"
    "czytaj tak\u017Ce\nczytaj te\u017C\nzobacz tak\u017Ce\nzobacz te\u017C\nprzeczytaj "
    "tak\u017Ce\nkomentarze\npolecane\n"
    "powi\u0105zane\npolecamy\nnajnowsze\n\u010Dt\u011Bte tak\u00E9\nsouvisej\u00EDc\u00ED "
    "\u010Dl\u00E1nky\ndiskuse\n"
    "nej\u010Dten\u011Bj\u0161\u00ED\nmohlo by v\u00E1s zaj\u00EDmat\n"
    "baca juga\nberita terkait\nartikel terkait\nterpopuler\nkomentar\nberita lainnya\nberita "
    "terbaru\nrekomendasi\n"
    "tin li\u00EAn quan\nb\u00ECnh lu\u1EADn\nxem th\u00EAm\n"
    "\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043A\u0436\u0435\n"
    "\u0427\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043A\u0436\u0435\n"
    "\u041A\u043E\u043C\u043C\u0435\u043D\u0442\u0430\u0440\u0438\u0438\n"
    "\u041F\u043E \u0442\u0435\u043C\u0435\n\u041F\u043E\u0445\u043E\u0436\u0438\u0435 "
    "\u0441\u0442\u0430\u0442\u044C\u0438\n"
    "相关阅读\n相关新闻\n相关推荐\n推荐阅读\n延伸阅读\n相关文章\n热门推荐\n精彩推荐\n猜你喜欢\n评论"
    "\n网友评论\n最新评论\n热门文章\n"
    "最新文章\n更多新闻\n上一篇\n下一篇\n相關新聞\n相關文章\n延伸閱讀\n推薦閱讀\n熱門新聞\n熱門文章"
    "\n最新新聞\n更多文章\n留言\n"
    "関連記事\n関連ニュース\nおすすめ記事\n人気記事\nコメント\nランキング\nあわせて読みたい\n最新記"
    "事\n新着記事\n関連リンク\n"
    "この記事をシェア\n관련기사\n관련 기사\n관련뉴스\n댓글\n많이 본 뉴스\n추천 뉴스\n인기기사\n"
    "اقرأ أيضا\nاقرأ أيضاً\nمواضيع ذات صلة\nأخبار ذات صلة\nالتعليقات\nالأكثر قراءة\n"
    "संबंधित खबरें\nयह भी पढ़ें\nये भी पढ़ें\nटिप्पणियाँ\n";

// As above; a block is one if it begins so.
constexpr std::string_view kBegin[] = {
    "more from ",      "more in ",          "more on ",     "related to ",     "comments on ",
    "posted in ",      "filed under ",      "tagged ",      "mehr zum thema ", "mehr aus ",
    "read more from ", "about the author ", "latest from ", "popular in ",     "trending in ",
    "most read in ",   "view all ",         "share this ",  "follow us on ",   "subscribe to ",
    "sign up for ",    "sign up to "};

constexpr std::array<bool, 256> kBeginLetters = [] {
  std::array<bool, 256> out = {};
  for (const std::string_view begin : kBegin) out[static_cast<uint8_t>(begin[0])] = true;
  return out;
}();

// ASCII letters in lower case; punctuation out, blanks single; typographic apostrophes as plain
// ones.
struct Key {
  std::array<char, kBytesMax> bytes;
  size_t size = 0;

  explicit Key(std::string_view text) {
    bool blank = false;
    for (size_t i = 0; i < text.size() && size + 2 <= bytes.size(); ++i) {
      const bool apostrophe = text[i] == '\xE2' && text.substr(i).starts_with("\u2019");
      const char c = apostrophe ? '\'' : text[i];
      if (apostrophe) i += 2;
      const auto byte = static_cast<uint8_t>(c);
      if (byte <= ' ') {
        blank = size > 0;
        continue;
      }
      if (kPunctuation[byte]) continue;
      if (blank) bytes[size++] = ' ';
      blank = false;
      bytes[size++] = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : c;
    }
  }
  std::string_view view() const { return {bytes.data(), size}; }
  static constexpr std::array<bool, 256> kPunctuation = [] {
    std::array<bool, 256> out = {};
    for (const char c : std::string_view(":.!?|>#*()[]\"")) out[static_cast<uint8_t>(c)] = true;
    return out;
  }();
};

using Phrases = absl::flat_hash_set<std::string, base::StringHash, std::equal_to<>>;

const Phrases& Whole() {
  static const auto* const kSet = [] {
    auto* set = new Phrases;
    std::string_view rest = kWhole;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      set->emplace(Key(rest.substr(0, end)).view());
      rest.remove_prefix(end + 1);
    }
    return set;
  }();
  return *kSet;
}

}  // namespace

bool IsBarrier(const Page& page, const Block& block) {
  if (block.end - block.begin > kBytesMax || block.stats.words > kWordsMax) return false;
  if (block.stats.ending == Ending::kSentence) return false;
  const Key key(page.TextOf(block));
  if (key.size == 0) return false;
  if (Whole().contains(key.view())) return true;
  if (!kBeginLetters[static_cast<uint8_t>(key.bytes[0])]) return false;
  return std::any_of(std::begin(kBegin), std::end(kBegin),
                     [&key](std::string_view begin) { return key.view().starts_with(begin); });
}

}  // namespace sluice::deboilerplate
