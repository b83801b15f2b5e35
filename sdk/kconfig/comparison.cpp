#include "sdk/kconfig/comparison.hpp"

#include <cctype>
#include <cerrno>
#include <compare>
#include <cstdlib>
#include <optional>

namespace rpikit::kconfig {

namespace {

/// A number as the kernel's own reader has it. Hexadecimal symbols are unsigned.
struct Number {
    long long value = 0;
    bool is_unsigned = false;
};

/// strtoll and its kin are what decides there what a number is (signs, octal constants).
std::optional<Number> parse(const std::string& text, int base) {
    if (text.empty()) return std::nullopt;
    char* end = nullptr;
    errno = 0;
    const bool is_unsigned = base == 16;
    const long long value = is_unsigned ? static_cast<long long>(std::strtoull(text.c_str(), &end, base))
                                        : std::strtoll(text.c_str(), &end, base);
    const bool whole = errno == 0 && end == text.c_str() + text.size();
    if (!whole || std::isxdigit(static_cast<unsigned char>(text.back())) == 0) return std::nullopt;
    return Number{value, is_unsigned};
}

std::optional<Number> number(const Operand& operand) {
    switch (operand.type) {
        case Type::boolean:
        case Type::tristate:
            if (operand.text == "n") return Number{0};
            if (operand.text == "m") return Number{1};
            return Number{operand.text == "y" ? 2 : -1};
        case Type::integer:
            return parse(operand.text, 10);
        case Type::hexadecimal:
            return parse(operand.text, 16);
        default:
            return parse(operand.text, 0);
    }
}

std::strong_ordering order(const Operand& left, const Operand& right) {
    if (left.type != Type::string || right.type != Type::string) {
        const auto a = number(left);
        const auto b = number(right);
        if (a && b && (a->is_unsigned || b->is_unsigned)) {
            return static_cast<unsigned long long>(a->value) <=> static_cast<unsigned long long>(b->value);
        }
        if (a && b) return a->value <=> b->value;
    }
    return left.text <=> right.text;
}

}  // namespace

bool compare(Operator op, const Operand& left, const Operand& right) {
    const auto found = order(left, right);
    switch (op) {
        case Operator::equal:
            return found == 0;
        case Operator::unequal:
            return found != 0;
        case Operator::less:
            return found < 0;
        case Operator::less_equal:
            return found <= 0;
        case Operator::greater:
            return found > 0;
        default:
            return found >= 0;
    }
}

}  // namespace rpikit::kconfig
