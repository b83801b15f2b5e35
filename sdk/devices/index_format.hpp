#pragma once

#include <string>
#include <string_view>

namespace rpikit::devices {

// An index's text: the header, the tree's identity, and lines
//   f PATH<tab>WAYS                        a folder that is entered only under symbols; ways "A B|C !D"
//   s PATH<tab>WAYS                        a source; never_built for no way
//   m BUS EVIDENCE SOURCE LINE KEY         a mention; SOURCE counts the s lines from 0
//   p COMPATIBLE<tab>SYMBOLS               a platform
// then index_end().

inline constexpr std::string_view index_header = "rpi-kit device index 2";
inline constexpr std::string_view never_built = "-";

/// The last line, by which a text that was cut off or changed is told.
std::string index_end(std::string_view body);

}  // namespace rpikit::devices
