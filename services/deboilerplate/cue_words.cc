#include "services/deboilerplate/cue_words.h"

#include <string_view>

#include "services/deboilerplate/word_table.h"

namespace sluice::deboilerplate {
namespace {

struct Entry {
  Cue cue;
  std::string_view words;  // Separated by blanks, lower case where ASCII.
};

constexpr Entry kEntries[] = {
    {Cue::kStop,
     "the of and to in a is that for it was on with as he be at by this had not are but from or "
     "have an they which one "
     "were her his been has their would what will there if can all who said she we him its no so "
     "into than them could "
     "der die das und ist nicht ein eine zu den von mit dem des im auf sich auch wird sind es war "
     "als er an nach bei aus "
     "wie hat dass oder werden einer um am nur noch man le la les de des du et en un une est que "
     "qui dans pour pas sur "
     "au par ce il elle ne se avec plus son sont ont mais ou el los las del y que se por con para "
     "una su lo como al pero "
     "ha sus il di che non per si della sono con ma nel alla gli dei o da em um uma os as dos das "
     "na no mais foi het een "
     "van niet voor met zijn op te dat aan ook och att som det av till inte har om den og til ikke "
     "ble har er bir bu ve "
     "da de ile olarak olan yang dan di dengan untuk dari ini itu pada tidak w i na z nie do jest "
     "o ze a v se je s ze na "
     "cua la va mot nhung trong cho"},
    {Cue::kRelated,
     "related more also read recommended trending popular latest reading stories articles topics "
     "mehr lesen auch weitere "
     "interessieren lire aussi lees ook leia tambem mais leer tambien relacionadas relacionados "
     "leggi anche correlati "
     "mer relaterede artikler relaterte saker baca juga devam ilgili haberler czytaj cteme "
     "przeczytaj explore discover "
     "see next must-read you-may-like recommends suggested thema themen relevant artikel verwandte "
     "lesetipp meistgelesen "
     "siehe plus voir articulos noticias notizie lestips nyheter aanbevolen gerelateerd bolum daha "
     "oku berita terkait "
     "terpopuler populaire populares"},
    {Cue::kSubscribe,
     "subscribe newsletter newsletters sign signup inbox subscription subscriber subscribers email "
     "daily abonnieren abo "
     "abonnement abonnez abonnieren abonnenten suscribete suscripcion suscriptores iscriviti "
     "abbonati assine abonner "
     "prenumerera prenumerant subscribing membership member members donate donation support "
     "registrieren anmelden "
     "inscrivez nieuwsbrief nyhedsbrev nyhetsbrev digitalabo unlimited trial"},
    {Cue::kShare,
     "share facebook twitter whatsapp linkedin pinterest telegram reddit instagram tweet follow "
     "folgen teilen partager "
     "compartir condividi delen dela del compartilhar bagikan messenger tumblr flipboard youtube "
     "tiktok print copy link "
     "partagez threads bluesky mastodon xing drucken imprimir stampa snapchat weibo wechat"},
    {Cue::kRights,
     "copyright rights reserved rechte vorbehalten droits reserves derechos reservados diritti "
     "riservati copyrighted "
     "republished redistributed reprint reproduction trademark trademarks syndicated licensing "
     "permission direitos auteursrecht"},
    {Cue::kComment,
     "comment comments reply replies kommentar kommentare kommentieren commentaires commentaire "
     "comentarios comentar "
     "commenti reacties log login logged komentar yorum yorumlar discussion moderated forum "
     "leserkommentare conversation "
     "commenting respond komentarze"},
    {Cue::kPhoto,
     "photo photos image images picture getty afp foto fotos bild bilder credit courtesy imago dpa "
     "shutterstock "
     "illustration epa alamy quelle photograph photographer istock unsplash reuters "
     "picture-alliance imagen archiv "
     "archivbild symbolbild fotograf billede handout fotografia caption gallery galerie adobe "
     "pixabay wikimedia ntb tt "
     "billedet file"},
    {Cue::kByline,
     "by von par por author authors editor reporter written redaktion correspondent staff writer "
     "writes autor autore "
     "columnist contributor redaktor redacteur redaksi muhabir journalist reporting journalistin "
     "redakteur redakteurin "
     "korrespondent reviewed contributing published"},
    {Cue::kDate,
     "january february march april may june july august september october november december jan "
     "feb mar apr jun jul aug "
     "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday januar februar "
     "marz mai juni juli "
     "oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre novembre "
     "decembre enero febrero "
     "marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ago updated "
     "published uhr min mins "
     "minutes minute hours hour am pm est edt gmt utc ist posted aktualisiert veroffentlicht stand "
     "modified gennaio "
     "febbraio aprile maggio giugno luglio settembre ottobre dicembre today yesterday ocak subat "
     "mart nisan mayis haziran "
     "temmuz agustos eylul ekim kasim aralik last montag dienstag mittwoch donnerstag freitag "
     "samstag sonntag wib"},
    {Cue::kConsent,
     "cookie cookies consent privacy policy terms datenschutz gdpr javascript browser adblock "
     "adblocker preferences "
     "cookiebot einwilligung confidentialite privacidad datenschutzerklarung agb "
     "nutzungsbedingungen impressum "
     "privatlivspolitik personalised recaptcha conditions enable disable accept agree zustimmen"},
    {Cue::kAdvert,
     "advertisement advertisements sponsored anzeige werbung publicite publicidad promoted "
     "advertorial ad ads affiliate "
     "commission publicidade pubblicita annonce reklame reklama reklam mainos advertising "
     "advertise sponsor partner "
     "provision paid iklan annons advertentie"},
    {Cue::kAction,
     "click here tap download app watch listen video videos podcast play loading menu search close "
     "previous back home "
     "skip view show hide open expand continue start scroll swipe upload select klicken "
     "weiterlesen hier cliquez haga "
     "clic aqui clicca zuruck startseite suche siguiente anterior inicio menu load button contents "
     "table jump toggle"},
    {Cue::kCommerce,
     "buy price prices shop shopping deal deals amazon sale discount coupon shipping cart checkout "
     "product products "
     "store order kaufen preis preise angebot angebote offer offers save purchase usd eur free "
     "walmart rrp"},
    {Cue::kContact,
     "contact tips reach biography joined graduated lives degree phone address tel fax kontakt "
     "mailto bio born studied "
     "university covers author's previously award-winning holds bachelor editor-in-chief freelance "
     "founder contacted mail"},
    {Cue::kStandards,
     "correction corrections standards trust principles corrected clarification contributed "
     "editing compiled reporting "
     "disclaimer disclosure earlier originally version note editorial views opinions expressed "
     "necessarily reflect "
     "guidelines fact-checked methodology"},
};

struct CjkEntry {
  Cue cue;
  std::string_view pairs;  // Two characters each, separated by blanks.
};

constexpr CjkEntry kCjkEntries[] = {
    {Cue::kRelated,
     "相关 相關 阅读 閱讀 推荐 推薦 更多 関連 記事 延伸 热门 熱門 一覧 人気 最新 下一 上一 精彩"},
    {Cue::kSubscribe, "订阅 訂閱 関注 会员 會員 会員 登録 购买"},
    {Cue::kShare, "分享 微信 微博 关注 關注 朋友 扫码 扫描 二维 公众 转发 點讚 点赞 收藏 粉絲"},
    {Cue::kRights, "版权 版權 转载 轉載 禁止 著作 声明 聲明 侵权 授权 無断 所有 保留"},
    {Cue::kComment, "评论 評論 留言 回复 回覆 网友 跟帖 登录 登入 発言"},
    {Cue::kPhoto, "摄影 攝影 图片 圖片 资料 图源 撮影 写真 圖为 图为 供图 配图 翻攝 來源"},
    {Cue::kByline,
     "记者 記者 作者 编辑 編輯 责任 责编 責任 来源 來源 撰文 文字 校对 審核 审核 通讯"},
    {Cue::kDate, "发布 發布 時間 时间 更新 日期 公開 配信 発表"},
    {Cue::kAdvert, "广告 廣告 赞助 推广 廣編"},
    {Cue::kAction, "点击 點擊 下载 下載 查看 返回 首页 首頁 搜索 打开 視頻 视频"},
    {Cue::kContact, "电话 電話 邮箱 郵箱 联系 聯絡 热线 投稿 地址"},
    {Cue::kStandards, "免责 免責 观点 觀點 立场 立場 仅供 参考"},
};

constexpr auto kTable = [] {
  WordTable<uint32_t, 4096> table;
  for (const Entry& entry : kEntries) table.AddAll(entry.words, " ", CueBit(entry.cue));
  for (const CjkEntry& entry : kCjkEntries) table.AddAll(entry.pairs, " ", CueBit(entry.cue));
  return table;
}();

}  // namespace

uint32_t FindCues(uint32_t word_hash) { return kTable.Find(word_hash); }

uint32_t FindCjkCue(const uint8_t* first, const uint8_t* second) {
  if (first == nullptr || first + 3 != second) return 0;
  uint32_t hash = kWordSeed;
  for (int i = 0; i < 6; ++i) hash = WordStep(hash, first[i]);
  return kTable.Find(hash);
}

}  // namespace sluice::deboilerplate
