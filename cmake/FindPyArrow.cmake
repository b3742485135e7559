# Finds the C++ libraries and headers of Arrow and Parquet that the pyarrow wheel ships.
# Looked at in this order: PYARROW (CMake or environment: the pyarrow folder or a virtual environment), the environment
# that ./setup makes in the build folder. Gives PyArrow_FOUND, PyArrow_VERSION and the target PyArrow::Parquet.
include(FindPackageHandleStandardArgs)
set(PYARROW "$ENV{PYARROW}" CACHE PATH "The pyarrow folder, or a virtual environment with the pyarrow wheel")

file(GLOB _pyarrow_roots LIST_DIRECTORIES true
  "${PYARROW}/lib/python3*/site-packages/pyarrow" "${CMAKE_SOURCE_DIR}/build/venv/lib/python3*/site-packages/pyarrow")
if(PYARROW STREQUAL "none")
  set(_pyarrow_roots "")
elseif(PYARROW)
  list(PREPEND _pyarrow_roots "${PYARROW}")
endif()

find_path(PyArrow_INCLUDE_DIR NAMES parquet/arrow/reader.h PATHS ${_pyarrow_roots} PATH_SUFFIXES include NO_DEFAULT_PATH)
mark_as_advanced(PyArrow_INCLUDE_DIR)
if(PyArrow_INCLUDE_DIR)
  file(STRINGS "${PyArrow_INCLUDE_DIR}/arrow/util/config.h" _pyarrow_lines REGEX "define ARROW_(VERSION_STRING|SO_VERSION) ")
  string(REGEX MATCH "VERSION_STRING \"([0-9.]+)" _pyarrow_unused "${_pyarrow_lines}")
  set(PyArrow_VERSION "${CMAKE_MATCH_1}")
  string(REGEX MATCH "SO_VERSION \"([0-9]+)" _pyarrow_unused "${_pyarrow_lines}")
  set(_pyarrow_so "${CMAKE_MATCH_1}")
  foreach(part arrow parquet) # the wheel has no lib*.so without a number
    find_library(PyArrow_${part}_LIBRARY NAMES lib${part}.so.${_pyarrow_so} PATHS "${PyArrow_INCLUDE_DIR}/.." NO_DEFAULT_PATH)
    mark_as_advanced(PyArrow_${part}_LIBRARY)
  endforeach()
endif()

find_package_handle_standard_args(PyArrow
  REQUIRED_VARS PyArrow_arrow_LIBRARY PyArrow_parquet_LIBRARY PyArrow_INCLUDE_DIR
  VERSION_VAR PyArrow_VERSION
  REASON_FAILURE_MESSAGE "Parquet files cannot be read or written then. Run ./setup, or set PYARROW to the folder of the pyarrow wheel.")

if(PyArrow_FOUND AND NOT TARGET PyArrow::Parquet)
  add_library(PyArrow::Parquet INTERFACE IMPORTED) # imported: its headers are system headers, so warnings stay ours
  set_target_properties(PyArrow::Parquet PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${PyArrow_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${PyArrow_parquet_LIBRARY};${PyArrow_arrow_LIBRARY}")
endif()
