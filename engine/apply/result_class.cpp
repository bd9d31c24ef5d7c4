// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/result_class.h"

#include <cstddef>

#include "io/directory_errors.h"
#include "snapshots/model/canonical.h"

namespace trueup {
namespace {

// winerror.h, the directory service errors 8200 to 8999.
std::optional<ResultClass> class_of_windows_error(std::uint32_t error) {
  switch (error) {
    case 0x2085:  // ERROR_DS_CANT_REM_MISSING_ATT_VAL
    case 0x2076:  // ERROR_DS_ATT_IS_NOT_ON_OBJ
    case 0x2083:  // ERROR_DS_ATT_VAL_ALREADY_EXISTS
    case 0x200D:  // ERROR_DS_ATTRIBUTE_OR_VALUE_EXISTS
      return ResultClass::kConflict;
    case 0x200E:  // ERROR_DS_BUSY
    case 0x200F:  // ERROR_DS_UNAVAILABLE
    case 0x2022:  // ERROR_DS_TIMELIMIT_EXCEEDED
      return ResultClass::kTransient;
    case 0x2024:  // ERROR_DS_ADMIN_LIMIT_EXCEEDED
      return ResultClass::kTooMuch;
    case 0x2070:  // ERROR_DS_MAX_OBJ_SIZE_EXCEEDED
    case 0x2082:  // ERROR_DS_RANGE_CONSTRAINT
    case 0x2081:  // ERROR_DS_SINGLE_VALUE_CONSTRAINT
    case 0x202F:  // ERROR_DS_CONSTRAINT_VIOLATION
    case 0x20B1:  // ERROR_DS_CANT_MOD_SYSTEM_ONLY
    case 0x200B:  // ERROR_DS_INVALID_ATTRIBUTE_SYNTAX
    case 0x2030:  // ERROR_DS_NO_SUCH_OBJECT
    case 0x208D:  // ERROR_DS_OBJ_NOT_FOUND
    case 0x2098:  // ERROR_DS_INSUFF_ACCESS_RIGHTS
    case 0x2035:  // ERROR_DS_UNWILLING_TO_PERFORM
    case 0x2077:  // ERROR_DS_ILLEGAL_MOD_OPERATION
    case 0x209A:  // ERROR_DS_ATTRIBUTE_OWNED_BY_SAM
      return ResultClass::kObject;
    case 0x206F:  // ERROR_DS_ATT_NOT_DEF_IN_SCHEMA
    case 0x207D:  // ERROR_DS_ATT_NOT_DEF_FOR_CLASS
    case 0x2014:  // ERROR_DS_OBJ_CLASS_VIOLATION
      return ResultClass::kAttribute;
    case 0x202B:  // ERROR_DS_REFERRAL: moved to another domain, or no writable replica of this one
      return ResultClass::kOneOrAll;
    case 0x2028:  // ERROR_DS_STRONG_AUTH_REQUIRED
      return ResultClass::kRun;
    default: return std::nullopt;
  }
}

ResultClass class_of_result_code(int result_code) {
  switch (result_code) {
    case 0: return ResultClass::kDone;
    case 16:  // noSuchAttribute: a value to delete is not there
    case 20:  // attributeOrValueExists: a value to add is there
      return ResultClass::kConflict;
    case 3:   // timeLimitExceeded
    case 51:  // busy
    case 52:  // unavailable
      return ResultClass::kTransient;
    case 11:  // adminLimitExceeded
      return ResultClass::kTooMuch;
    case 17:  // undefinedAttributeType
    case 65:  // objectClassViolation
      return ResultClass::kAttribute;
    case 1:   // operationsError
    case 10:  // referral
    case 80:  // other: the server failed inside
      return ResultClass::kOneOrAll;
    case 8:   // strongerAuthRequired
    case 49:  // invalidCredentials
      return ResultClass::kRun;
    default: return ResultClass::kObject;
  }
}

}  // namespace

ResultClass classify(int result_code, std::string_view message) {
  if (result_code == 0) return ResultClass::kDone;
  if (is_server_trouble(result_code, message)) return ResultClass::kServer;
  if (const std::optional<std::uint32_t> error = windows_error(message)) {
    if (const auto known = class_of_windows_error(*error)) return *known;
  }
  return class_of_result_code(result_code);
}

std::string_view advice_on(int result_code, std::string_view message) {
  switch (windows_error(message).value_or(0)) {
    case 0x202B: result_code = 10; break;
    case 0x2030:
    case 0x208D: result_code = 32; break;
    case 0x0005:  // ERROR_ACCESS_DENIED
    case 0x2098: result_code = 50; break;
    case 0x2024:
    case 0x2070: result_code = 11; break;
    default: break;
  }
  switch (result_code) {
    case 10: return "the object is in another domain, or on another server: load AD and plan again";
    case 11: return "the object has more values than the directory takes: take some away by hand";
    case 32: return "the object is not there any more: load AD and plan again";
    case 50:
      return "the account may not write this object: delegate the right to it, or look at the "
             "permissions of the object itself (adminCount, no inheritance)";
    default: return "";
  }
}

std::optional<Attribute> named_attribute(std::string_view message, AttributeSet attributes) {
  const auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
  };
  std::optional<Attribute> only;
  for (int i = 0; i < kAttributeCount; ++i) {
    const Attribute attribute = attribute_at(i);
    if (!attributes.contains(attribute)) continue;
    only = attribute;
    const std::string_view name = traits(attribute).name;
    // As a whole word: extensionAttribute1 stands in extensionAttribute12.
    for (std::size_t at = 0; at + name.size() <= message.size(); ++at) {
      if (!equal_ignoring_ascii_case(message.substr(at, name.size()), name)) continue;
      const bool starts = at == 0 || !is_word(message[at - 1]);
      const std::size_t end = at + name.size();
      if (starts && (end == message.size() || !is_word(message[end]))) return attribute;
    }
  }
  return attributes.size() == 1 ? only : std::nullopt;
}

}  // namespace trueup
