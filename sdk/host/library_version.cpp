#include "sdk/host/library_version.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <boost/version.hpp>

namespace rpikit::host {

std::vector<LibraryVersion> library_versions() {
    return {{"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                                  BOOST_VERSION % 100)},
            {"libcurl", curl_version_info(CURLVERSION_NOW)->version}};
}

}  // namespace rpikit::host
