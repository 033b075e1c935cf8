"""DuckDB copies a city's CSV files into Parquet, fee lines sorted as the lake sorts them.

usage: duckdb_import.py [--threads N] CITY OUT

Prints one JSON object: seconds, cpu_seconds, peak_kib, rows. Needs the package `duckdb`.
"""

import argparse
import csv
import glob
import json
import os
import resource
import shutil
import time

import duckdb

FOLDER_ORDER = "fixmedins_code, psn_no, mdtrt_id"
TABLES = {
    "fee_list_d": FOLDER_ORDER + ", fee_ocur_time",
    "mdtrt_d": FOLDER_ORDER,
    "setl_d": FOLDER_ORDER,
    "setl_list_diag_d": None,
    "setl_list_oprn_d": None,
    "psn_info_b": None,
    "fixmedins_b": None,
    "dr_info_b": None,
    "inv_d": None,
    "drugtracinfo": None,
    "death_register": None,
}
# Everything else is a code or a name, and stays text.
TIMES = {
    "begntime", "endtime", "fee_ocur_time", "setl_time", "inv_chg_time", "sel_retn_time",
    "oprn_oprt_begntime", "oprn_oprt_endtime", "anst_begntime", "anst_endtime",
}
DAYS = {"brdy", "die_date", "begndate", "enddate", "oprn_oprt_date"}
WHOLE = {"ipt_days", "fetus_cnt", "diag_srt_no"}
QUANTITIES = {"cnt", "sel_retn_cnt"}
PRICES = {"pric"}
MONEY_ENDINGS = ("_amt", "_pay", "_sumamt", "_payamt", "_dedc", "_part", "_selfpay")


def type_of(table, column):
    # The registers' periods are dates; visits' are times.
    if column in TIMES and not (table.endswith("_b") and column in ("begntime", "endtime")):
        return "TIMESTAMP"
    if column in DAYS or column in TIMES:
        return "DATE"
    if column in WHOLE:
        return "INTEGER"
    if column in QUANTITIES:
        return "DECIMAL(18,4)"
    if column in PRICES:
        return "DECIMAL(18,6)"
    if column.endswith(MONEY_ENDINGS):
        return "DECIMAL(18,2)"
    return "VARCHAR"


def copy(connection, table, order, city, out):
    files = sorted(glob.glob(os.path.join(city, table + "*.csv")))
    if not files:
        return 0
    with open(files[0], encoding="utf-8") as file:
        columns = next(csv.reader(file))
    types = {column: type_of(table, column) for column in columns}
    # The delivery's column list is known, so nothing has to be guessed from a sample.
    source = f"read_csv({files!r}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {types!r})"
    sort = f" ORDER BY {order}" if order else ""
    target = os.path.join(out, table + ".parquet")
    connection.execute(f"COPY (SELECT * FROM {source}{sort}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return connection.sql(f"SELECT count(*) FROM '{target}'").fetchall()[0][0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("city")
    parser.add_argument("out")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    os.makedirs(arguments.out)
    begin = time.perf_counter()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {arguments.threads}")
    connection.execute(f"SET temp_directory = '{os.path.join(arguments.out, 'spill')}'")
    rows = {table: copy(connection, table, order, arguments.city, arguments.out) for table, order in TABLES.items()}
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "rows": rows["fee_list_d"],
    }))


main()
