# Finds LibTorch without TorchConfig.cmake, which insists on a CUDA toolkit for CUDA wheels.
# Looked at in this order: LIBTORCH (CMake or environment: a torch folder, a virtual environment or a prefix), the
# environment that ./setup makes in the build folder, the torch of a Python on the path, the system.
# Gives LibTorch_FOUND, LibTorch_VERSION, LibTorch_LIBRARY_DIR, LibTorch_HAS_CUDA and the target LibTorch::LibTorch.
include(FindPackageHandleStandardArgs)
set(LIBTORCH "$ENV{LIBTORCH}" CACHE PATH "Folder with LibTorch's include/ and lib/, or a virtual environment with the torch wheel")

function(_slook_torch_of_python python out)
  # find_spec does not import torch: milliseconds, and no CUDA start.
  execute_process(COMMAND "${python}" -c
    "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE status)
  if(status EQUAL 0)
    set(${out} "${found}" PARENT_SCOPE)
  endif()
endfunction()

set(_torch_roots "")
set(_torch_system "")
if(LIBTORCH)
  file(GLOB _torch_in_venv LIST_DIRECTORIES true "${LIBTORCH}/lib/python3*/site-packages/torch")
  list(APPEND _torch_roots "${LIBTORCH}" ${_torch_in_venv})
  set(_torch_system NO_DEFAULT_PATH)
else()
  file(GLOB _torch_in_venv LIST_DIRECTORIES true "${CMAKE_SOURCE_DIR}/build/venv/lib/python3*/site-packages/torch")
  list(APPEND _torch_roots ${_torch_in_venv})
  find_program(LibTorch_PYTHON NAMES python3 python HINTS "$ENV{VIRTUAL_ENV}/bin")
  mark_as_advanced(LibTorch_PYTHON)
  if(NOT _torch_roots AND LibTorch_PYTHON)
    _slook_torch_of_python("${LibTorch_PYTHON}" _torch_of_python)
    list(APPEND _torch_roots ${_torch_of_python})
  endif()
endif()

find_path(LibTorch_INCLUDE_DIR NAMES ATen/ATen.h PATHS ${_torch_roots} PATH_SUFFIXES include ${_torch_system})
find_path(LibTorch_API_INCLUDE_DIR NAMES torch/torch.h HINTS "${LibTorch_INCLUDE_DIR}/torch/csrc/api/include" ${_torch_system})
foreach(part torch_cpu c10 torch_cuda c10_cuda)
  find_library(LibTorch_${part}_LIBRARY NAMES ${part} HINTS "${LibTorch_INCLUDE_DIR}/../lib" ${_torch_system})
  mark_as_advanced(LibTorch_${part}_LIBRARY)
endforeach()

foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS "${LibTorch_INCLUDE_DIR}/${header}" AND NOT LibTorch_VERSION)
    file(STRINGS "${LibTorch_INCLUDE_DIR}/${header}" _torch_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9;]" "" _torch_lines "${_torch_lines}")
    list(JOIN _torch_lines "." LibTorch_VERSION)
  endif()
endforeach()

find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY LibTorch_INCLUDE_DIR LibTorch_API_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "Run ./setup, or set LIBTORCH to a folder with LibTorch 2.6 or newer, or configure with -DSLOOK_BUILD_WORKER=OFF.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  get_filename_component(LibTorch_LIBRARY_DIR "${LibTorch_torch_cpu_LIBRARY}" DIRECTORY)
  find_package(Threads REQUIRED)
  find_package(OpenMP REQUIRED COMPONENTS CXX) # without its flag at::parallel_for of our own sources uses one thread
  # The wheel brings the OpenMP that its threads live in: there must not be two.
  find_library(LibTorch_OPENMP_LIBRARY NAMES libgomp.so.1 HINTS "${LibTorch_LIBRARY_DIR}" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_OPENMP_LIBRARY)
  set(_torch_openmp OpenMP::OpenMP_CXX)
  if(LibTorch_OPENMP_LIBRARY)
    set(_torch_openmp "${LibTorch_OPENMP_LIBRARY}")
  endif()
  add_library(LibTorch::LibTorch INTERFACE IMPORTED) # imported: its headers are system headers, so warnings stay ours
  set_target_properties(LibTorch::LibTorch PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIR};${LibTorch_API_INCLUDE_DIR}"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    INTERFACE_LINK_LIBRARIES "${LibTorch_torch_cpu_LIBRARY};${LibTorch_c10_LIBRARY};Threads::Threads;${_torch_openmp}")
  target_compile_options(LibTorch::LibTorch INTERFACE ${OpenMP_CXX_FLAGS})
  set(LibTorch_HAS_CUDA OFF)
  if(LibTorch_torch_cuda_LIBRARY AND LibTorch_c10_cuda_LIBRARY)
    # No symbol of ours needs torch_cuda: it registers its kernels when loaded, so the linker must be told to keep it.
    set(LibTorch_HAS_CUDA ON)
    target_link_libraries(LibTorch::LibTorch INTERFACE
      "-Wl,--push-state,--no-as-needed" "${LibTorch_torch_cuda_LIBRARY}" "${LibTorch_c10_cuda_LIBRARY}" "-Wl,--pop-state")
  endif()
  # Wheels before 2.7 may have the std::string of before C++11: the library's own symbols tell.
  find_program(LibTorch_NM NAMES nm)
  mark_as_advanced(LibTorch_NM)
  if(LibTorch_NM)
    execute_process(COMMAND "${LibTorch_NM}" -DC "${LibTorch_c10_LIBRARY}" OUTPUT_VARIABLE _torch_symbols ERROR_QUIET)
    if(NOT _torch_symbols MATCHES "c10::Error::Error[^\n]*std::__cxx11::basic_string")
      set_property(TARGET LibTorch::LibTorch APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS _GLIBCXX_USE_CXX11_ABI=0)
    endif()
  endif()
endif()
