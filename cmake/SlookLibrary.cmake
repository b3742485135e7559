# Warnings are a target, so that no flag is global.
add_library(slook_warnings INTERFACE)
target_compile_options(slook_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(SLOOK_WERROR)
  target_compile_options(slook_warnings INTERFACE -Werror)
endif()

# One static library for one folder: slook_library(store SOURCES ... LINK slook::core PRIVATE SQLiteCpp)
# LINK is public (other folders of ours); PRIVATE is for what a folder hides.
function(slook_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRIVATE")
  add_library(slook_${name} STATIC ${arg_SOURCES})
  add_library(slook::${name} ALIAS slook_${name})
  target_include_directories(slook_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
  target_link_libraries(slook_${name} PUBLIC ${arg_LINK} PRIVATE slook_warnings ${arg_PRIVATE})
  if("nlohmann_json::nlohmann_json" IN_LIST arg_PRIVATE)
    # Its header takes longer to parse than most sources to compile.
    target_precompile_headers(slook_${name} PRIVATE <nlohmann/json.hpp> <algorithm> <map> <string> <vector>)
  endif()
endfunction()

# One GoogleTest program for one folder: slook_test(store SOURCES a_test.cpp LINK slook::store)
# Tests are registered one by one; LABELS default to "quick". A test whose program is gone is an error, not a pass.
function(slook_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINK;LABELS;ENVIRONMENT")
  if(NOT arg_LABELS)
    set(arg_LABELS quick)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main slook_warnings)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  # What is tested is optimised, the tests themselves need not be: they compile in half the time.
  target_compile_options(test_${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  target_precompile_headers(test_${name} PRIVATE <gtest/gtest.h> <gmock/gmock.h> <map> <memory> <string> <vector>)
  target_compile_definitions(test_${name} PRIVATE
    SLOOK_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SLOOK_BINARY_DIR="${CMAKE_BINARY_DIR}" SLOOK_SHARED_DIR="${CMAKE_SOURCE_DIR}/../shared")
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" ENVIRONMENT "GOMP_SPINCOUNT=0;LC_ALL=C.UTF-8;${arg_ENVIRONMENT}")
endfunction()
