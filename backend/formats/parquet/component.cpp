#include "formats/parquet/arrow_reader.h"
#include "formats/parquet/arrow_writer.h"

extern "C" __attribute__((visibility("default"))) const slook::formats::ParquetComponent*
slookParquet()
{
    static constexpr slook::formats::ParquetComponent component { slook::formats::openArrow,
        slook::formats::writeArrow };
    return &component;
}
