#include "services/dedupe/boilerplate.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::dedupe {
namespace {

// One string a language; words as they stand in such boxes. Words that news is full of (free,
// share, service) are left out even where boxes have them too.
constexpr std::array<std::string_view, 7> kBoilerplateLanguages = {
    // en
    "subscribe subscribed subscriber subscribers subscribing subscription subscriptions "
    "unsubscribe newsletter newsletters "
    "inbox email emails mailbox signup login logged login password username register registered "
    "registering registration "
    "account accounts profile sign cookie cookies browser javascript adblocker privacy consent "
    "preferences notification "
    "notifications notified spam junk click unlimited trial cancel renew checkout zipcode zip "
    "eedition epaper "
    "digital access paywall premium membership log enable disable refresh captcha verification "
    "verify activate link you "
    "your preview re enter deliverable website app download",
    // es
    "suscribete suscribirse suscripcion suscriptor suscriptores boletin boletines correo "
    "electronico contrasena "
    "registrate registrarse registro cuenta cookies navegador privacidad consentimiento "
    "notificaciones clic "
    "iniciar sesion ilimitado premium usted tu",
    // fr
    "abonnez abonner abonne abonnes abonnement abonnements newsletter newsletters courriel mail "
    "mot passe inscrivez "
    "inscription connectez connexion compte cookies navigateur confidentialite consentement "
    "notifications cliquez "
    "illimite essai resiliable vous votre",
    // de
    "abonnieren abonnement abonnent abonnenten abo newsletter postfach passwort registrieren "
    "registrierung anmelden "
    "anmeldung einloggen konto cookies browser datenschutz einwilligung benachrichtigungen klicken "
    "probemonat kundbar werbefrei sie ihr ihre ihren",
    // pt
    "assine assinante assinantes assinatura boletim newsletter senha cadastre cadastro cadastrar "
    "conta cookies navegador "
    "privacidade consentimento notificacoes clique ilimitado entrar login voce seu sua",
    // da
    "abonner abonnement abonnementer abonnent nyhedsbrev nyhedsbreve indbakke adgangskode opret "
    "log ind konto cookies "
    "browser privatliv samtykke notifikationer klik prov proveperiode du dit din dig",
    // zh
    "\u8ba2\u9605 \u8a02\u95b1 \u767b\u5f55 \u767b\u9304 \u6ce8\u518c \u8a3b\u518a \u5bc6\u7801 "
    "\u5bc6\u78bc "
    "\u8d26\u53f7 \u5e33\u865f \u8d26\u6237 \u90ae\u7bb1 \u90f5\u7bb1 \u4f1a\u5458 \u6703\u54e1 "
    "\u9690\u79c1 "
    "\u96b1\u79c1 \u70b9\u51fb \u9ede\u64ca \u60a8\u7684 \u6d4f\u89c8 \u700f\u89bd \u626b\u7801 "
    "\u5173\u6ce8",
};

}  // namespace

const BoilerplateLexicon& BoilerplateLexicon::Get() {
  static const BoilerplateLexicon lexicon;
  return lexicon;
}

BoilerplateLexicon::BoilerplateLexicon() {
  const Tokenizer tokenizer(1'000);
  Words words;
  for (const std::string_view language : kBoilerplateLanguages) {
    tokenizer.Tokenize(language, words);
    // Of an unspaced script's word the tokenizer gives every character with the one before it, and
    // the first alone: only pairs tell.
    const bool unspaced = static_cast<unsigned char>(language.front()) >= 0x80;
    for (size_t i = unspaced ? 1 : 0; i < words.codes.size(); i += unspaced ? 2 : 1) {
      words_.set(words.codes[i] & kWordHash);
    }
  }
}

double BoilerplateLexicon::Share(absl::Span<const WordCode> words) const {
  if (words.empty()) return 0;
  const auto hits = std::count_if(words.begin(), words.end(),
                                  [this](WordCode word) { return words_.test(word & kWordHash); });
  return static_cast<double>(hits) / static_cast<double>(words.size());
}

}  // namespace sluice::dedupe
