# Warnings are a target, so that no flag is global.
add_library(slook_warnings INTERFACE)
target_compile_options(slook_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(SLOOK_WERROR)
  target_compile_options(slook_warnings INTERFACE -Werror)
endif()

# Headers that take longer to parse than most sources to compile are precompiled, once for all who have the same flags:
# slook_headers(tests EXECUTABLE HEADERS <gtest/gtest.h> LINK GTest::gtest FLAGS -O0)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/headers.cpp CONTENT "int main() { return 0; }\n" @ONLY)
function(slook_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "EXECUTABLE" "" "HEADERS;LINK;FLAGS")
  if(arg_EXECUTABLE) # its code is position-independent in another way than a library's
    add_executable(slook_headers_${name} EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/headers.cpp)
    set_target_properties(slook_headers_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  else()
    add_library(slook_headers_${name} OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/headers.cpp)
  endif()
  target_link_libraries(slook_headers_${name} PRIVATE slook_warnings ${arg_LINK})
  target_compile_options(slook_headers_${name} PRIVATE ${arg_FLAGS})
  target_precompile_headers(slook_headers_${name} PRIVATE ${arg_HEADERS})
endfunction()

# What a test is compiled with. What it tests is optimised, it need not be: that takes half the time.
set(SLOOK_TEST_FLAGS $<$<CONFIG:Release>:-O0>)
set(SLOOK_TEST_HEADERS <gtest/gtest.h> <gmock/gmock.h> <nlohmann/json.hpp> <filesystem> <map> <memory> <string> <vector>)

# Sources of these targets are compiled several at once where SLOOK_UNITY is set: what they include is read once for all.
# Names in their anonymous namespaces must differ within a target.
function(slook_unity)
  if(SLOOK_UNITY)
    set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    foreach(target ${ARGN}) # g++ takes each source for a header: "has a field whose type uses the anonymous namespace"
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endforeach()
  endif()
endfunction()

# One static library for one folder: slook_library(store SOURCES ... LINK slook::core PRIVATE SQLiteCpp)
# LINK is public (other folders of ours); PRIVATE is for what a folder hides. HEADERS names the target whose precompiled
# headers it uses, "own" where it has some of its own.
function(slook_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADERS" "SOURCES;LINK;PRIVATE")
  add_library(slook_${name} STATIC ${arg_SOURCES})
  add_library(slook::${name} ALIAS slook_${name})
  target_include_directories(slook_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/..)
  target_link_libraries(slook_${name} PUBLIC ${arg_LINK} PRIVATE slook_warnings ${arg_PRIVATE})
  if(NOT arg_HEADERS AND "nlohmann_json::nlohmann_json" IN_LIST arg_PRIVATE)
    set(arg_HEADERS slook_headers_json)
  endif()
  if(arg_HEADERS AND NOT arg_HEADERS STREQUAL "own")
    target_precompile_headers(slook_${name} REUSE_FROM ${arg_HEADERS})
  endif()
endfunction()

# One GoogleTest program for one folder: slook_test(store SOURCES a_test.cpp LINK slook::store)
# Tests are registered one by one; LABELS default to "quick". A test whose program is gone is an error, not a pass.
function(slook_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;HEADERS" "SOURCES;LINK;LABELS;ENVIRONMENT")
  if(NOT arg_HEADERS)
    set(arg_HEADERS tests)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS quick)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main slook_warnings)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_compile_options(test_${name} PRIVATE ${SLOOK_TEST_FLAGS})
  target_precompile_headers(test_${name} REUSE_FROM slook_headers_${arg_HEADERS})
  slook_unity(test_${name})
  target_compile_definitions(test_${name} PRIVATE
    SLOOK_SOURCE_DIR="${CMAKE_SOURCE_DIR}" SLOOK_BINARY_DIR="${CMAKE_BINARY_DIR}" SLOOK_SHARED_DIR="${CMAKE_SOURCE_DIR}/../shared")
  gtest_discover_tests(test_${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}."
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" ENVIRONMENT "GOMP_SPINCOUNT=0;LC_ALL=C.UTF-8;${arg_ENVIRONMENT}")
endfunction()
