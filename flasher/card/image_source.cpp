#include "flasher/card/image_source.hpp"

namespace rpikit::card {

Result<std::unique_ptr<ImageSource>> open_image(const host::Host&, const std::string& what,
                                                const ImageOptions&) {
    return fail({.message = what + " cannot be opened yet"});
}

}  // namespace rpikit::card
