#include "services/deboilerplate/lexicon.h"

#include <array>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "services/deboilerplate/word_table.h"

namespace sluice::deboilerplate {
namespace {

struct Entry {
  Role role;
  std::string_view words;  // Separated by blanks; as they occur in names, lower case.
};

constexpr Entry kEntries[] = {
    {kRoleArticle,
     "article story post entry artikel news artigo articulo articolo noticia beitrag meldung "
     "hentry blogpost"},
    {kRoleBody,
     "body articlebody storybody postbody entrybody bodytext bodycopy fulltext maintext corpo "
     "cuerpo brodtext"},
    {kRoleContent, "content contents richtext wysiwyg prose rte inhalt contenu contenido conteudo"},
    {kRoleMain, "main primary mainbar"},
    {kRoleText, "text paragraph para copy texto texte testo absatz"},
    {kRoleLead,
     "lead lede intro summary dek deck standfirst subtitle subheadline subhead teaserintro "
     "abstract excerpt "
     "description chapeau entradilla vorspann ingress strapline kicker sapo sommario ozet"},
    {kRoleHeadline, "headline title heading hed titel titulo titre titolo headings overskrift"},
    {kRoleQuote, "quote pullquote blockquote zitat pullout"},
    {kRoleRelated,
     "related recommend recommended recommendation recommendations recirc recirculation similar "
     "more also "
     "readmore read next upnext further suggested suggestions outbrain taboola revcontent ligatus "
     "nativo "
     "verwandte weitere relacionadas relacionados relacionado correlati associated seealso "
     "crosslink "
     "crosslinks reco recos onward moreon interlink inlink"},
    {kRoleComment,
     "comment comments disqus respond reply replies commenting kommentar kommentare komentar "
     "discussion "
     "livefyre coral responses commentlist feedback"},
    {kRoleShare,
     "share sharing social facebook twitter whatsapp pinterest linkedin addthis sharethis "
     "sharedaddy shares "
     "follow follows socials addtoany tweetbutton teilen jetpack"},
    {kRoleSubscribe,
     "newsletter subscribe subscription signup optin mailchimp email abo mailing newsletters "
     "subscriber "
     "convertkit inscription abonnement abonnieren"},
    {kRoleAdvert,
     "ad ads advert advertisement advertising adsense banner sponsor sponsored promo promotion "
     "promoted "
     "promobox adslot adunit adbox dfp gpt advertorial werbung anzeige publicidad pub anuncio "
     "reklama "
     "reklam annonce affiliate partner commercial cta house dianomi"},
    {kRoleNavigation,
     "nav navigation menu navbar breadcrumb breadcrumbs submenu topbar crumbs menus sitenav topnav "
     "megamenu navi hamburger skip jump"},
    {kRoleFooter, "footer foot bottom colophon fuss pie siteinfo imprint impressum"},
    {kRoleHeader, "header masthead topper head hero banner site logo"},
    {kRoleSidebar,
     "sidebar aside rail secondary complementary sidecolumn rightcol leftcol rightrail side"},
    {kRoleCaption,
     "caption captions figcaption credit credits imagecaption legend bildunterschrift legende "
     "didascalia "
     "wp-caption cutline photographer copyrightholder source"},
    {kRoleMedia,
     "image img photo picture gallery slideshow figure media video player audio podcast slider "
     "carousel "
     "thumbnail thumb thumbnails lightbox bild bilder foto fotos galerie swiper slide slides "
     "jwplayer brightcove"},
    {kRoleAuthor,
     "author authors byline bio autor autore auteur writer contributor contributors biography "
     "vcard profile "
     "aboutauthor authorbox reporter signature firma gravatar avatar byl"},
    {kRoleDate,
     "date time timestamp published datetime pubdate dateline datum fecha data updated posted meta "
     "info "
     "postmeta articlemeta postinfo entrymeta lastmodified publish hora"},
    {kRoleTag,
     "tag tags taglist category categories topic topics keyword keywords tagcloud schlagwort "
     "hashtags "
     "themen tagged rubrik etiquetas"},
    {kRoleConsent,
     "cookie cookies consent gdpr privacy ccpa cmp onetrust didomi cookiebanner usercentrics "
     "disclaimer terms"},
    {kRolePaywall,
     "paywall premium locked login register regwall piano metered signin subscriberonly gated gate "
     "meter tp "
     "account registration member membership paid plus"},
    {kRoleModal,
     "modal popup overlay dialog lightboxmodal toast tooltip popover interstitial drawer snackbar "
     "notification "
     "alert"},
    {kRoleCard,
     "card cards teaser teasers tile tiles grid item items loop listing feed stream block blocks "
     "module grids "
     "flexitem articlelist newslist archive archives"},
    {kRoleHidden,
     "hidden hide invisible screenreader sronly sr noprint offscreen visuallyhidden assistive "
     "collapsed "
     "displaynone none reader"},
    {kRoleContents, "toc tableofcontents inhaltsverzeichnis outline index anchors onthispage"},
    {kRoleRights, "copyright legal rights license licence syndication reprint reprints copyrights"},
    {kRoleTool,
     "tool tools toolbar button buttons btn action actions actionbar print font fontsize bookmark "
     "save control "
     "controls icon icons badge label options"},
    {kRoleSearch, "search searchform searchbox suche buscar recherche"},
    {kRolePopular,
     "popular trending mostread latest most top recent headlines ticker breaking trends "
     "meistgelesen "
     "populares beliebt newest"},
    {kRolePaging,
     "pagination pager prev previous paging pagenav pages nextprev older newer nextpost prevnext"},
    {kRoleProduct,
     "product products price shop buy deal deals shopping merch store cart offer offers merchant "
     "pricing "
     "amazon coupon coupons specs"},
    {kRoleRecipe,
     "recipe recipes ingredient ingredients instructions directions rezept receta nutrition"},
    {kRoleFaq,
     "faq faqs accordion accordions question answer questions answers toggle collapse expander"},
    {kRoleNote,
     "note notes correction corrections editornote update updates clarification footnote footnotes "
     "reference "
     "references citation citations endnote sources annotation"},
    {kRoleBox,
     "box infobox factbox fact facts sidebarbox inset insert callout highlight highlights "
     "keypoints takeaways "
     "pullbox infokasten kasten panel keyfacts"},
    {kRoleEmbed,
     "embed embedded embeds iframe tweet instagram youtube tiktok oembed infogram datawrapper "
     "scribd spotify"},
    {kRoleLive, "live liveblog liveticker ticker liveupdate"},
    {kRoleList, "list lists ul ol bullets linklist links link"},
    {kRoleForm, "form forms contact input field inquiry captcha formular"},
    {kRolePoll,
     "poll polls quiz survey vote voting rating ratings stars umfrage game games review reviews "
     "score"},
    {kRoleWidget,
     "widget widgets weather stock stocks quotes app apps plugin shortcode elementor addon "
     "calendar event events"},
    // With a number behind it; discussions and replies with one may be the page's own text.
    {kRoleCommentItem, "comment comments kommentar komentar commentaire comentario"},
    {kRoleConsentManager,
     "onetrust didomi usercentrics cookiebot cybotcookiebotdialog trustarc truste cookieyes qccmp "
     "cookielaw cookielawinfo cky osano moove cmplz borlabs tarteaucitron iubenda termly klaro "
     "cmpbox fundingchoices"},
};

constexpr auto kTable = [] {
  WordTable<Roles, 2048> table;
  for (const Entry& entry : kEntries) table.AddAll(entry.words, " -", Bit(entry.role));
  return table;
}();

// Letters in lower case; 0 for the other bytes.
constexpr std::array<uint8_t, 256> kLowerLetters = [] {
  std::array<uint8_t, 256> out = {};
  for (uint8_t c = 'a'; c <= 'z'; ++c) out[c] = out[c - 0x20] = c;
  return out;
}();

// Of what stands behind a word: the word is numbered.
bool HasNumber(std::string_view rest) {
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '_')) rest.remove_prefix(1);
  return !rest.empty() && absl::ascii_isdigit(rest[0]);
}

}  // namespace

Roles RolesOf(std::string_view names) {
  constexpr size_t kBytesMax = 400;
  Roles roles = 0;
  uint32_t hash = kWordSeed;
  size_t length = 0;
  bool after_lower = false;
  names = names.substr(0, kBytesMax);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto byte = static_cast<uint8_t>(names[i]);
    const uint8_t letter = kLowerLetters[byte];
    const bool lower = letter == byte && letter != 0;
    if (letter == 0 || (after_lower && !lower)) {
      if (length > 1) {
        Roles found = kTable.Find(hash);
        if (!HasNumber(names.substr(i))) found &= ~Bit(kRoleCommentItem);
        roles |= found;
      }
      hash = kWordSeed;
      length = 0;
    }
    if (letter != 0) {
      hash = WordStep(hash, static_cast<char>(letter));
      ++length;
    }
    after_lower = lower;
  }
  if (length > 1) roles |= kTable.Find(hash) & ~Bit(kRoleCommentItem);
  return roles;
}

}  // namespace sluice::deboilerplate
