#pragma once

#include <array>
#include <string_view>

namespace sluice::fetch {

// Why fetch ends a page. A closed set: it labels metrics, and outcomes tell it.
inline constexpr std::string_view kKnown =
    "known";  // Waiting or fetched already, under this URL or the one it leads to.
inline constexpr std::string_view kBadUrl = "bad_url";  // No http(s) URL.
inline constexpr std::string_view kAddressRefused =
    "address_refused";  // URL or address that may not be asked.
inline constexpr std::string_view kFrontierFull = "frontier_full";  // Over frontier_urls_max.
inline constexpr std::string_view kHostFull = "host_full";          // Over host_urls_max.
inline constexpr std::string_view kRobotsDisallowed =
    "robots_disallowed";  // By a rule of robots.txt.
inline constexpr std::string_view kRobotsUnreachable =
    "robots_unreachable";  // No robots.txt was to be had, and none is needed less.
inline constexpr std::string_view kHttpError =
    "http_error";  // An answer without a page, or none by the rules of HTTP.
inline constexpr std::string_view kNoAnswer =
    "no_answer";                                         // No address, no connection, or it broke.
inline constexpr std::string_view kTimeout = "timeout";  // Over a time limit, or too slow.
inline constexpr std::string_view kTruncated = "truncated";  // Ended before its announced end.
inline constexpr std::string_view kTooLarge = "too_large";   // Over body_bytes_max, or as a record.
inline constexpr std::string_view kBomb = "bomb";            // Over inflation_ratio_max.
inline constexpr std::string_view kContentCoding =
    "content_coding";  // Damaged gzip, or another coding.
inline constexpr std::string_view kContentType = "content_type";    // Neither HTML nor plain text.
inline constexpr std::string_view kRedirectLoop = "redirect_loop";  // Back to where it had been.
inline constexpr std::string_view kRedirectsExceeded =
    "redirects_exceeded";  // Over redirects_max or hops_max.
inline constexpr std::string_view kUnchanged =
    "unchanged";  // Submitted again, and the same as before.

inline constexpr std::array kDropReasons = {
    kKnown,
    kBadUrl,
    kAddressRefused,
    kFrontierFull,
    kHostFull,
    kRobotsDisallowed,
    kRobotsUnreachable,
    kHttpError,
    kNoAnswer,
    kTimeout,
    kTruncated,
    kTooLarge,
    kBomb,
    kContentCoding,
    kContentType,
    kRedirectLoop,
    kRedirectsExceeded,
    kUnchanged,
};

}  // namespace sluice::fetch
