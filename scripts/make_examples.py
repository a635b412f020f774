"""Makes the bundled data of lstm_viz/sequences/data from the packages that carry it.

    python -m pip download --no-deps -d build spotpy==1.6.7 vega_datasets==0.9.0 statsmodels
    python -m scripts.make_examples build

Sources and licences are listed in lstm_viz/sequences/data/SOURCES.md, the licences' own words in
data/licences. The text is the running Python's own documentation of its language,
`pydoc_data.topics`.
"""

from __future__ import annotations

import csv
import io
import sys
import sysconfig
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TARGET = Path(__file__).parents[1] / "lstm_viz" / "sequences" / "data"
TOPICS = ("assignment", "compound", "exprlists", "for", "import", "objects", "specialnames", "try", "while", "with")
CHARACTERS = 120_000


def read_from_wheel(folder: Path, wheel: str, name: str) -> str:
    """The text of one file inside a downloaded wheel."""
    (path,) = folder.glob(f"{wheel}-*.whl")
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode("utf-8-sig")


def write_csv(name: str, header: list[str], rows: list[list[str]]) -> None:
    """A CSV file with a header."""
    with (TARGET / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def river(folder: Path) -> None:
    """Daily weather and discharge of the river Fulda, 1979 to 1988."""
    lines = list(
        csv.reader(io.StringIO(read_from_wheel(folder, "spotpy", "spotpy/examples/cmf_data/fulda_climate.csv")))
    )
    rows = [[_iso(day), mean, rain, discharge] for day, _, _, mean, rain, discharge in lines[2:]]
    write_csv("river.csv", ["date", "temperature", "precipitation", "discharge"], rows)


def _iso(day: str) -> str:
    return "-".join(reversed(day.split(".")))


def soil(folder: Path) -> None:
    """Hourly weather and soil moisture in Hesse, 2014 to 2016."""
    weather = _commented(read_from_wheel(folder, "spotpy", "spotpy/examples/cmf_data/driver_data_site24.csv"))
    moisture = _commented(read_from_wheel(folder, "spotpy", "spotpy/examples/cmf_data/soilmoisture_site24.csv"))
    hours = [(w[1], w[5], *m[1:]) for w, m in zip(weather, moisture, strict=True)]
    start = datetime(2014, 1, 1)  # one row an hour; the dates as written swap days and months here and there
    names = ["rain", "air_temperature", "moisture_10cm", "moisture_25cm", "moisture_40cm"]
    columns = {"time": pa.array([start + timedelta(hours=hour) for hour in range(len(hours))], pa.timestamp("s"))}
    for column, name in enumerate(names):
        columns[name] = pa.array([round(float(hour[column] or "nan"), 4) for hour in hours], pa.float32())
    pq.write_table(pa.table(columns), TARGET / "soil.parquet", compression="zstd", compression_level=19)


def _commented(text: str) -> list[list[str]]:
    """Rows of a file whose first lines are a header and comments."""
    return [line.split(",") for line in text.splitlines()[1:] if line[:1].isdigit()]


def weather(folder: Path) -> None:
    """Daily weather in Seattle, 2012 to 2015."""
    lines = list(
        csv.reader(io.StringIO(read_from_wheel(folder, "vega_datasets", "vega_datasets/_data/seattle-weather.csv")))
    )
    write_csv("weather.csv", lines[0], [[line[0].replace("/", "-"), *line[1:]] for line in lines[1:]])


def carbon(folder: Path) -> None:
    """Weekly carbon dioxide on Mauna Loa, 1958 to 2001, with its gaps."""
    lines = list(csv.reader(io.StringIO(read_from_wheel(folder, "statsmodels", "statsmodels/datasets/co2/co2.csv"))))
    write_csv("co2.csv", ["date", "co2"], [[f"{day[:4]}-{day[4:6]}-{day[6:8]}", value] for day, value in lines[1:]])


def sunspots(folder: Path) -> None:
    """Yearly sunspots, 1700 to 2008."""
    text = read_from_wheel(folder, "statsmodels", "statsmodels/datasets/sunspots/sunspots.csv")
    lines = list(csv.reader(io.StringIO(text)))
    write_csv("sunspots.csv", ["year", "sunspots"], [[year.split(".")[0], count] for year, count in lines[1:]])


def text() -> None:
    """Documentation of the Python language, as it comes with Python."""
    from pydoc_data.topics import topics

    joined = "\n\n".join(topics[name].strip() for name in TOPICS)
    plain = "".join(character for character in joined if character == "\n" or 32 <= ord(character) < 127)
    (TARGET / "python.txt").write_text(plain[:CHARACTERS], encoding="ascii")


def licences(folder: Path) -> None:
    """The licences that ask to go along with what they cover, in their own words."""
    (TARGET / "licences").mkdir(exist_ok=True)
    version = next(folder.glob("spotpy-*.whl")).name.split("-")[1]
    theirs = read_from_wheel(folder, "spotpy", f"spotpy-{version}.dist-info/licenses/LICENSE").replace("\r\n", "\n")
    (TARGET / "licences" / "spotpy-MIT.txt").write_text(theirs, encoding="utf-8")
    python = (Path(sysconfig.get_path("stdlib")) / "LICENSE.txt").read_text(encoding="utf-8")
    start = python.index("PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2")
    text = python[start : python.index("BEOPEN.COM LICENSE AGREEMENT")]
    (TARGET / "licences" / "python-PSF-2.0.txt").write_text(text.strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    downloads = Path(sys.argv[1])
    for make in (river, soil, weather, carbon, sunspots):
        make(downloads)
    text()
    licences(downloads)
