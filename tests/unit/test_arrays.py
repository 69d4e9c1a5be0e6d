"""Columns and indexes as arrays."""

import numpy as np
import pandas as pd
import pytest

from data.analysis import arrays


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_are_told_in_nanoseconds_and_none_as_never(unit: str) -> None:
    times = pd.DatetimeIndex(["1970-01-01 09:00", "2262-04-11", None], tz="Asia/Seoul")
    told = arrays.nanoseconds(times.as_unit(unit)).tolist()
    assert told == [0, times[1].as_unit("ns").value, arrays.NEVER]
    assert arrays.nanoseconds(times[:2].as_unit(unit)).tolist() == told[:2]
    assert arrays.nanoseconds(times[:0].as_unit(unit)).tolist() == []


@pytest.mark.parametrize("year", ["1000", "4970"])
def test_a_time_that_no_nanoseconds_can_tell_is_refused_and_becomes_no_other(year: str) -> None:
    with pytest.raises(pd.errors.OutOfBoundsDatetime):
        arrays.nanoseconds(pd.DatetimeIndex([np.datetime64(year, "us")]))
