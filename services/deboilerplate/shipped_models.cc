#include "services/deboilerplate/gbdt.h"

namespace sluice::deboilerplate {
namespace {

#include "services/deboilerplate/model/html_first.inc"
#include "services/deboilerplate/model/html_presence.inc"
#include "services/deboilerplate/model/html_second.inc"
#include "services/deboilerplate/model/text_first.inc"
#include "services/deboilerplate/model/text_second.inc"

}  // namespace

const PageModels& ShippedModels() {
  static constexpr PageModels kModels = {
      {kHtmlFirstNodes, kHtmlFirstRoots, kHtmlFirstColumns},
      {kHtmlSecondNodes, kHtmlSecondRoots, kHtmlSecondColumns},
      {kTextFirstNodes, kTextFirstRoots, kTextFirstColumns},
      {kTextSecondNodes, kTextSecondRoots, kTextSecondColumns},
      {kHtmlPresenceNodes, kHtmlPresenceRoots, kHtmlPresenceColumns},
  };
  return kModels;
}

}  // namespace sluice::deboilerplate
