#include "pipeline/url/registrable_domain.h"

#include <libpsl.h>

#include "pipeline/url/ip_address.h"

namespace sluice::url {

std::string RegistrableDomain(std::string_view host) {
  while (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  std::string name(host);
  if (host.starts_with('[') || IpAddress::Parse(host)) return name;
  const char* domain = psl_registrable_domain(psl_builtin(), name.c_str());
  return domain == nullptr ? name : domain;
}

bool SameSite(std::string_view host, std::string_view other) {
  return host == other || RegistrableDomain(host) == RegistrableDomain(other);
}

}  // namespace sluice::url
